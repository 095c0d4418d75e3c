import { describe, expect, it } from 'vitest';
import { type Behaviour, type BehaviourPatch, DEFAULT_BEHAVIOUR, parseBehaviour } from './behaviour.ts';

function valid(patch: unknown, base?: Behaviour): Behaviour {
  const parsed = parseBehaviour(patch, 'vonage', base);
  if (parsed.outcome !== 'valid') throw new Error(JSON.stringify(parsed.errors));
  return parsed.behaviour;
}

function faults(patch: unknown, protocol: 'vonage' | 'smtp' = 'vonage'): string[] {
  const parsed = parseBehaviour(patch, protocol);
  return parsed.outcome === 'invalid' ? parsed.errors.map(({ path, message }) => `${path} ${message}`) : [];
}

describe('a behaviour', () => {
  it('is the default where nothing is said', () => {
    expect(valid({})).toEqual(DEFAULT_BEHAVIOUR);
  });

  it('is patched field by field, and null gives a default back', () => {
    const base = valid({ latency: { median_ms: 5 }, delivery: { by_prefix: { '+91': 0.2, '49': 0.9 } } });
    const patched = valid({ latency: { median_ms: null, spread: 0 }, delivery: { by_prefix: { '49': null } } }, base);
    expect(patched.latency).toEqual({ kind: 'lognormal', median_ms: 800, spread: 0 });
    expect(patched.delivery.by_prefix).toEqual({ '+91': 0.2 });
  });

  it('names what is wrong, where, and what was expected', () => {
    const patch = {
      delivery: { probability: 1.5, by_prefix: { abc: 1 } },
      receipts: { mode: 'sometimes' },
      latncy: {},
      errors: { hang: 'no' },
    };
    expect(faults(patch)).toEqual(
      expect.arrayContaining([
        '/latncy is not known here',
        '/delivery/probability must be <= 1',
        '/delivery/by_prefix/abc is not known here',
        '/receipts/mode must be one of normal, none, late, duplicate, out_of_order, early, fake',
        '/errors/hang must be number',
      ]),
    );
  });

  it.each([[null], [[]], ['text'], [3]])('is an object, not %j', (patch) => {
    expect(faults(patch)).toEqual([' must be an object']);
  });

  it('refuses probabilities that add up to more than one', () => {
    expect(faults({ errors: { hang: 0.6, reset: 0.6 } })[0]).toContain('/errors the probabilities');
    expect(faults({ voice: { busy: 0.6, machine: 0.6 } })[0]).toContain('/voice busy');
    expect(faults({ errors: { hang: 0.1, reset: 0.2, http_500: 0.7 } })).toEqual([]);
  });

  it('refuses HTML from a mail server', () => {
    expect(faults({ errors: { html_200: 0.5 } }, 'smtp')).toEqual(['/errors/html_200 has no meaning for SMTP']);
    expect(faults({ by_recipient: { 'a@b.c': 'html_200' } }, 'smtp')).toHaveLength(1);
  });

  it('spells recipients in one way', () => {
    expect(valid({ by_recipient: { '491511': 'hang', 'A@B.c': 'blocked' } }).by_recipient).toEqual({
      '+491511': 'hang',
      'a@b.c': 'blocked',
    });
  });

  it('does not let a body reach the prototype', () => {
    const body = JSON.parse('{"__proto__": {"polluted": true}}') as BehaviourPatch;
    expect(valid(body)).toEqual(DEFAULT_BEHAVIOUR);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});
