import { describe, expect, test } from 'vitest';
import { GOOD, HASH, broken, messages } from './config-for-tests.ts';

const LITERAL_FIX =
  'Put the value into an environment variable or a file, write its reference here, and change the value if this file was ever shared.';

describe('a bad file is told exactly what is wrong', () => {
  test.for<[string, string, string, string[]]>([
    [
      'an unknown key at the top',
      'public_url:',
      'public_ulr:',
      [
        'config.yaml:1:1: public_ulr: expected one of the keys region, public_url, http, redis, kafka, keys, defaults, limits, tenants, providers, routing, delivery, dispatcher, log, tracing, found an unknown key. Did you mean public_url?',
        'config.yaml:1:1: public_url: expected an address that begins with https:// or http://, without ? and #, found nothing.',
      ],
    ],
    [
      'a key in another spelling',
      '    api_key: abc',
      '    apiKey: abc',
      [
        'config.yaml:17:5: providers[0].apiKey: expected one of the keys type, name, priority, countries, timeout_ms, max_in_flight, max_per_second, data_region, price, api_host, api_key, api_secret, application_id, private_key, signature_secret, from, registered_in, found an unknown key. Did you mean api_key?',
        'config.yaml:14:5: providers[0].api_key: expected a text, found nothing.',
      ],
    ],
    [
      'a key that is near none',
      'tenants:',
      'http: { zzz: 1 }\ntenants:',
      [
        'config.yaml:8:9: http.zzz: expected one of the keys host, port, request_timeout_ms, drain_ms, found an unknown key.',
      ],
    ],
    [
      'a number out of range',
      'tenants:',
      'http: { port: 70000 }\ntenants:',
      ['config.yaml:8:15: http.port: expected a whole number from 0 to 65535, found 70000.'],
    ],
    [
      'a fraction',
      'tenants:',
      'defaults: { code_length: 5.5 }\ntenants:',
      ['config.yaml:8:26: defaults.code_length: expected a whole number from 4 to 10, found 5.5.'],
    ],
    [
      'a text for a number',
      'tenants:',
      'http: { port: eighty }\ntenants:',
      ['config.yaml:8:15: http.port: expected a whole number from 0 to 65535, found "eighty".'],
    ],
    [
      'a reference that is no number',
      'tenants:',
      'http: { port: "${env:WORD}" }\ntenants:',
      [
        'config.yaml:8:15: http.port: expected a whole number from 0 to 65535, found the value of ${env:WORD} (not shown).',
      ],
    ],
    [
      'a number for a text',
      'name: Shop',
      'name: 2024',
      ['config.yaml:10:11: tenants[0].name: expected a text, found 2024. Put it in quotes.'],
    ],
    [
      'a text for a switch',
      '  brokers:',
      '  ssl: "yes"\n  brokers:',
      ['config.yaml:5:8: kafka.ssl: expected true or false, found "yes".'],
    ],
    [
      'a list for a mapping',
      '{ url: redis://localhost }',
      '[1]',
      ['config.yaml:3:3: redis.state: expected a mapping, found a list.'],
    ],
    [
      'a mapping for a scalar',
      'name: Shop',
      'name: { a: 1 }',
      ['config.yaml:10:5: tenants[0].name: expected a text, found a mapping.'],
    ],
    [
      'nothing for a scalar',
      'name: Shop',
      'name:',
      ['config.yaml:10:10: tenants[0].name: expected a text, found nothing.'],
    ],
    [
      'a word outside an enumeration',
      'tenants:',
      'log: { level: infos }\ntenants:',
      ['config.yaml:8:15: log.level: expected one of debug, info, warn, error, found "infos". Did you mean info?'],
    ],
    [
      'an unknown provider type',
      'type: vonage-messages',
      'type: vonage-mesages',
      [
        'config.yaml:15:11: providers[0].type: expected one of vonage-messages, vonage-voice, smtp, found "vonage-mesages". Did you mean vonage-messages?',
      ],
    ],
    [
      'a provider without a type',
      '    type: vonage-messages\n',
      '',
      ['config.yaml:14:5: providers[0].type: expected one of vonage-messages, vonage-voice, smtp, found nothing.'],
    ],
    [
      'a secret written out',
      '${env:SECRET}\n    application_id',
      'topsecret\n    application_id',
      [
        `config.yaml:18:17: providers[0].api_secret: expected a reference, \${env:NAME} or \${file:path}, found a literal (not shown). ${LITERAL_FIX}`,
      ],
    ],
    [
      'a secret written half out',
      '${env:SECRET}\n    application_id',
      'top${env:SECRET}\n    application_id',
      [
        `config.yaml:18:17: providers[0].api_secret: expected a reference, \${env:NAME} or \${file:path}, found a literal (not shown). ${LITERAL_FIX}`,
      ],
    ],
    [
      'a variable that is not set',
      '${env:KAFKA}',
      '${env:KAFKAA}',
      [
        'config.yaml:5:12: kafka.brokers: expected the environment variable KAFKAA, found it unset or empty. Set KAFKAA for this process.',
      ],
    ],
    [
      'a file that is not there',
      '${file:secrets/a}',
      '${file:secrets/z}',
      [
        'config.yaml:7:36: keys.seal.keys.k1: expected a readable file secrets/z, found none. Paths are relative to the configuration file.',
      ],
    ],
    [
      'an empty file',
      '${file:secrets/a}',
      '${file:secrets/empty}',
      ['config.yaml:7:36: keys.seal.keys.k1: expected content in the file secrets/empty, found it empty.'],
    ],
    [
      'a key that is too short',
      '${file:secrets/a}',
      '${file:secrets/short}',
      [
        'config.yaml:7:36: keys.seal.keys.k1: expected 32 bytes as base64 or hex, found another value in ${file:secrets/short} (not shown). Make one with: openssl rand -base64 32',
      ],
    ],
    [
      'a private key that is none',
      '${file:vonage.pem}',
      '${file:secrets/b}',
      [
        'config.yaml:20:18: providers[0].private_key: expected a PEM block (-----BEGIN …-----), found another value in ${file:secrets/b} (not shown).',
      ],
    ],
    [
      'another kind of reference',
      'name: Shop',
      'name: ${vault:x}',
      [
        'config.yaml:10:11: tenants[0].name: expected a reference written ${env:NAME} or, alone, ${file:path}, found another use of ${.',
      ],
    ],
    [
      'a current key that is not there',
      'current: k1',
      'current: k2',
      [
        'config.yaml:7:20: keys.seal.current: expected one of keys.seal.keys (k1), found "k2". New values are made with this key.',
      ],
    ],
    [
      'one key in two roles',
      'tenants:',
      '  pepper: { current: p1, keys: { p1: "${file:secrets/a}" } }\ntenants:',
      [
        'config.yaml:8:38: keys.pepper.keys.p1: expected a key of its own, found the same key as keys.seal.keys.k1. A key in two places makes one leak two, and a rotation none.',
      ],
    ],
    [
      'a password in an address',
      'redis://localhost',
      '"redis://:hunter2@localhost"',
      [
        'config.yaml:3:17: redis.state.url: expected an address without a password, found a password (not shown). Put it into password: ${env:NAME}, and change it if this file was ever shared.',
      ],
    ],
    [
      'a tenant without API keys',
      `[{ id: main, sha256: ${HASH} }]`,
      '[]',
      [
        'config.yaml:12:5: tenants[0].api_keys: expected at least 1 entry, found 0. Without an API key nobody can act for this tenant.',
      ],
    ],
    [
      'a hash that is none',
      HASH,
      'abc',
      [
        'config.yaml:12:36: tenants[0].api_keys[0].sha256: expected the SHA-256 of the key as 64 lower case hex digits, found "abc".',
      ],
    ],
    [
      'two API keys with one hash',
      `[{ id: main, sha256: ${HASH} }]`,
      `[{ id: main, sha256: ${HASH} }, { id: spare, sha256: ${HASH} }]`,
      [
        'config.yaml:12:125: tenants[0].api_keys[1].sha256: expected a key of its own, found the same as in entry 1. One key cannot stand for two tenants or have two names.',
      ],
    ],
    [
      'a country in another form',
      '    brand',
      '    countries: [DE, in]\n    brand',
      [
        'config.yaml:11:21: tenants[0].countries[1]: expected a country as two capital letters (ISO 3166), like DE, found "in".',
      ],
    ],
    [
      'a word for the countries',
      '    brand',
      '    countries: some\n    brand',
      [
        'config.yaml:11:16: tenants[0].countries: expected all, or a list of countries as two capital letters (ISO 3166), found "some".',
      ],
    ],
    [
      'a channel that nobody serves',
      '    brand',
      '    channels: [sms, email]\n    brand',
      [
        'config.yaml:11:21: tenants[0].channels[1]: expected a channel that one of its providers serves, found email. No provider that this tenant may use sends by email, so every such verification would end undeliverable. Add one, or take the channel out.',
      ],
    ],
    [
      'an unknown provider of a tenant',
      '    brand',
      '    providers: [nroth]\n    brand',
      [
        'config.yaml:11:17: tenants[0].providers[0]: expected the name of a provider (north), found "nroth". Did you mean north?',
      ],
    ],
    [
      'an entry given twice',
      '    brand',
      '    channels: [sms, sms]\n    brand',
      [
        'config.yaml:11:21: tenants[0].channels[1]: expected every entry once, found the same as entry 1. Remove one of them.',
      ],
    ],
    [
      'a step longer than the life',
      'tenants:',
      'defaults: { life_seconds: 50 }\ntenants:',
      [
        'config.yaml:8:1: defaults.step_seconds.sms: expected at most the life of 50 s, found 60. A verification would be over before its sms step’s deadline.',
      ],
    ],
    [
      'a tenant’s life shorter than the steps',
      '    brand',
      '    defaults: { life_seconds: 40 }\n    brand',
      [
        'config.yaml:11:31: tenants[0].defaults.life_seconds: expected at least the sms step’s deadline of 60 s, found 40. A verification would be over before its sms step’s deadline.',
      ],
    ],
    [
      'an attempt longer than all',
      'tenants:',
      'delivery: { attempt_timeout_ms: 5000, failover_budget_ms: 4000 }\ntenants:',
      [
        'config.yaml:8:33: delivery.attempt_timeout_ms: expected at most 4000, found 5000. All attempts of one job share delivery.failover_budget_ms (4000).',
        'config.yaml:15:5: providers[0].timeout_ms: expected at most 4000, found 5000. All attempts of one job share delivery.failover_budget_ms (4000).',
      ],
    ],
    [
      'a call longer than an adapter lets it be',
      'tenants:',
      'delivery: { attempt_timeout_ms: 8001 }\ntenants:',
      ['config.yaml:8:33: delivery.attempt_timeout_ms: expected a whole number from 100 to 8000, found 8001.'],
    ],
    [
      'a share that is none',
      'tenants:',
      'tracing: { otlp: { url: "http://c:4318/v1/traces" }, sample: 1.5 }\ntenants:',
      ['config.yaml:8:62: tracing.sample: expected a number from 0 to 1, found 1.5.'],
    ],
    [
      'a collector without an address',
      'tenants:',
      'tracing: { sample: 1 }\ntenants:',
      ['config.yaml:8:1: tracing.otlp.url: expected an address that begins with http:// or https://, found nothing.'],
    ],
    [
      'a collector’s login as a literal',
      'tenants:',
      'tracing: { otlp: { url: "http://c:4318/v1/traces", headers: { authorization: hunter2 } } }\ntenants:',
      [
        `config.yaml:8:78: tracing.otlp.headers.authorization: expected a reference, \${env:NAME} or \${file:path}, found a literal (not shown). ${LITERAL_FIX}`,
      ],
    ],
    [
      'a key given twice',
      'tenants:',
      'public_url: https://b.example\ntenants:',
      ['config.yaml:8:1: expected YAML, found the same key twice in one mapping. Remove one of them.'],
    ],
    [
      'a reference without quotes in braces',
      '"${file:secrets/a}"',
      '${file:secrets/a}',
      [
        'config.yaml:7:37: expected YAML, found a sign that cannot stand here. Inside { } and [ ] a reference needs quotes: "${env:NAME}".',
      ],
    ],
    [
      'a tab',
      '  state:',
      '\tstate:',
      ['config.yaml:3:1: expected YAML, found a tab as indentation. Indent with spaces.'],
    ],
  ])('%s', ([, piece, by, expected]) => {
    expect(messages(broken(piece, by)).slice(0, expected.length)).toEqual(expected);
  });

  test('an empty file lists everything that must be given', () => {
    expect(messages('').map((line) => line.split(': ')[1])).toEqual([
      'public_url',
      'redis.state.url',
      'kafka.brokers',
      'tenants',
      'providers',
    ]);
  });

  test.for([
    [
      'no Redis at all',
      '{}',
      ['config.yaml:3:3: redis.state.url: expected one of url, cluster, sentinel, found nothing.'],
    ],
    [
      'two kinds of Redis',
      '{ url: redis://localhost, cluster: { nodes: a:1 } }',
      [
        'config.yaml:3:36: redis.state.cluster: expected only one of url, cluster, sentinel, found cluster beside url. Remove one of them.',
      ],
    ],
    [
      'a node without a port',
      '{ cluster: { nodes: [a:1, b] } }',
      ['config.yaml:3:36: redis.state.cluster.nodes[1]: expected host:port, found "b".'],
    ],
    [
      'Sentinels of no master',
      '{ sentinel: { nodes: a:1 } }',
      ['config.yaml:3:12: redis.state.sentinel.name: expected a master’s name, found nothing.'],
    ],
  ] as const)('%s', ([, given, expected]) => {
    expect(messages(broken('{ url: redis://localhost }', given))).toEqual(expected);
  });

  test('two providers of one name, and a login without its password', () => {
    const post = '  - { name: north, type: smtp, host: h, username: u, from: a@example.com }\n';
    expect(messages(GOOD + post)).toEqual([
      'config.yaml:23:13: providers[1].name: expected a name of its own, found the same as in entry 1. Receipts and scores go by the name.',
      'config.yaml:23:51: providers[1].username: expected password beside username, found username alone. A login needs both; without a login leave both out.',
    ]);
  });

  test('all faults come at once, whatever their kind', () => {
    const text = broken('current: k1', 'current: k9')
      .replace('name: Shop', 'name: 1')
      .replace('from: Watchword', 'form: x');
    expect(messages(text)).toHaveLength(4);
  });
});

test('no message ever holds a secret’s value, wherever it was put', () => {
  const secret = 'hunter2-hunter2';
  for (const line of GOOD.split('\n').filter((candidate) => candidate.includes(': '))) {
    const key = line.slice(0, line.indexOf(': '));
    for (const value of ['${env:SECRET}', '"${env:SECRET}"', '[ ${env:SECRET} ]', '{ a: "${env:SECRET}" }']) {
      expect(messages(GOOD.replace(line, () => `${key}: ${value}`)).join('\n')).not.toContain(secret);
    }
  }
});
