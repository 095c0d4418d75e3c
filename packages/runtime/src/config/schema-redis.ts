import { Type } from 'typebox';
import { addresses, pattern, secret, text, url } from './fields.ts';

const closed = (description: string) => ({ additionalProperties: false, description });

const tls = (description: string) =>
  Type.Optional(
    Type.Object(
      {
        ca: Type.Optional(secret('Certificate authority (PEM), where it is not a public one.', 'pem')),
        server_name: Type.Optional(text('Name that the certificate must carry, where it is not the host’s.')),
      },
      closed(description),
    ),
  );

const RedisCluster = Type.Object(
  { nodes: addresses('Some of its nodes to begin with, host:port: a list, or one text with commas.') },
  closed('A Redis Cluster.'),
);

const RedisSentinel = Type.Object(
  {
    name: pattern('The master’s name, as the Sentinels know it.', '^[A-Za-z0-9._-]{1,100}$', 'a master’s name'),
    nodes: addresses('Some of the Sentinels, host:port: a list, or one text with commas.'),
    username: Type.Optional(text('ACL user of the Sentinels, which is not the servers’.')),
    password: Type.Optional(secret('Password of the Sentinels, which is not the servers’.')),
    tls: tls('TLS to the Sentinels: an empty one, { }, turns it on.'),
  },
  closed('A master with replicas under Redis Sentinel.'),
);

const RedisRole = Type.Object(
  {
    url: Type.Optional(
      url(
        'One server: redis://host:port/db, or rediss:// for TLS. A password goes into `password`, not into the address. Exactly one of `url`, `cluster` and `sentinel` must be given.',
        ['redis', 'rediss'],
      ),
    ),
    cluster: Type.Optional(RedisCluster),
    sentinel: Type.Optional(RedisSentinel),
    username: Type.Optional(text('ACL user (docs/redis.md has the least that it must be allowed).')),
    password: Type.Optional(secret('Password.')),
    tls: tls('Settings of TLS. Beside `cluster` or `sentinel` it turns TLS on, an empty one ({ }) too.'),
  },
  { ...closed('One Redis.'), exactlyOne: ['url', 'cluster', 'sentinel'] },
);

export const RedisSection = Type.Object(
  {
    state: RedisRole,
    queue: Type.Optional(RedisRole),
    namespace: pattern(
      'Prefix of every key, inside the hash tags: two deployments can share one Redis.',
      '^[a-z0-9-]{0,32}$',
      'up to 32 lower case letters, digits and hyphens',
      { default: '' },
    ),
  },
  closed('`state` holds the verifications, `queue` the jobs; without `queue` both live in one Redis.'),
);
