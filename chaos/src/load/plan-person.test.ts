import { expect, it } from 'vitest';
import { HABITS, channelMix, planPerson, type Crowd } from './plan-person.ts';

const crowd: Crowd = {
  seed: 7,
  group: 3,
  channels: channelMix(['sms', 'voice', 'email']),
  habits: HABITS,
  lifeSeconds: 90,
  idleLifeSeconds: 40,
};
const people = Array.from({ length: 3_000 }, (_, n) => planPerson(crowd, n));

it('the same seed has the same people, in whatever order they are asked for', () => {
  expect(planPerson(crowd, 2_345)).toEqual(people[2_345]);
  expect(planPerson({ ...crowd, seed: 8 }, 2_345)).not.toEqual(people[2_345]);
});

it('nobody has the address or the key of another, also of another group', () => {
  const others = people.map((_, n) => planPerson({ ...crowd, group: 4 }, n));
  const all = [...people, ...others];
  expect(new Set(all.map(({ to }) => to)).size).toBe(all.length);
  expect(new Set(all.map(({ key }) => key)).size).toBe(all.length);
});

it('every habit and every channel is there, about as often as wished', () => {
  for (const [habit, weight] of Object.entries(HABITS)) {
    const share = (people.filter((person) => person.habit === habit).length / people.length) * 100;
    expect(Math.abs(share - weight)).toBeLessThan(3);
  }
  expect(people.filter(({ channel }) => channel === 'email').length).toBeGreaterThan(200);
});

it('those who never type live shorter, so that a run need not wait long for their end', () => {
  expect(people.filter(({ habit }) => habit === 'never').every(({ lifeSeconds }) => lifeSeconds === 40)).toBe(true);
});
