import { describe, expect, test } from 'vitest';
import { matchName } from './match-names.ts';
import { groupNetworks, type NetworkCode } from './networks.ts';

const code = (given: Partial<NetworkCode>): NetworkCode => ({
  mcc: '999',
  mnc: '01',
  brand: null,
  operator: null,
  status: 'Operational',
  countryCode: 'XA',
  countryName: 'Xanadu',
  bands: null,
  ...given,
});

const { networks, leadOf } = groupNetworks([
  code({ mnc: '01', brand: 'Vóice', operator: 'Voice Xanadu Ltd', bands: 'GSM 900' }),
  code({ mnc: '02', brand: 'vóice', bands: 'GSM 900 / LTE 800' }),
  code({ mnc: '03', brand: 'Vóice', status: 'Not operational', bands: 'GSM 900 / LTE 800 / UMTS 2100' }),
  code({ mnc: '04', brand: 'North', operator: 'North Mobile GmbH' }),
  code({ mnc: '05', brand: 'North (Xanadu)', operator: 'Another company' }),
  code({ mnc: '06', operator: 'Gone', status: 'Not operational' }),
  code({ mnc: '07', brand: 'Isle', countryCode: 'XB' }),
  code({ mnc: '07', brand: 'Coast', countryCode: 'XC' }),
  code({ mnc: '08', brand: 'Coast', countryCode: 'XC', bands: 'GSM 900 / LTE 800' }),
  code({ mnc: '100 - 190', brand: 'A range' }),
]);
const match = (name: string) => matchName(name, 'XA', networks)?.lead;

describe('networks', () => {
  test('of several codes of a brand the one with the most bands that is in use stands for it', () => {
    expect(Object.fromEntries(leadOf)).toMatchObject({ '999-01': '999-02', '999-02': '999-02' });
  });

  test('a code that is no longer used still leads to its brand, or to itself', () => {
    expect([leadOf.get('999-03'), leadOf.get('999-06')]).toEqual(['999-02', '999-06']);
    expect(networks.flatMap(({ names }) => names)).not.toContain('Gone');
  });

  test('one code of two countries keeps its name where it stands for a network of either', () => {
    expect(networks.flatMap(({ lead }) => (leadOf.get(lead) === lead ? [] : lead))).toEqual([]);
  });

  test('a range is no code', () => {
    expect([...leadOf.keys()].filter((each) => !/^\d{3}-\d{2,3}$/.test(each))).toEqual([]);
  });
});

describe('a carrier’s name', () => {
  test.each([
    ['Voice', '999-02'],
    ['VOICE', '999-02'],
    ['Voice Xanadu', '999-02'],
    ['Voice XA Ltd.', '999-02'],
  ])('%s is a network’s', (name, lead) => {
    expect(match(name)).toBe(lead);
  });

  test.each([
    ['North', 'two networks are called so'],
    ['Gone', 'it is no longer in use'],
    ['Mobile Ltd', 'every company is called so'],
    ['Voices', 'another name'],
  ])('%s is none: %s', (name) => {
    expect(match(name)).toBeUndefined();
  });
});
