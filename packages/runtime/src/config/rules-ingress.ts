import { TOPICS, deadLetterTopic, ingressTopic } from '@watchword/contracts';
import type { ConfigPath } from './issues.ts';
import { reportTwice, type DraftConfig, type Report } from './rules.ts';

const OWN_TOPICS = new Set(TOPICS.map(({ name }) => name));
const DEAD_SUFFIX = deadLetterTopic('', '').slice(1);

/** A topic names its tenant, so it is one tenant's alone and none of ours; and what is emitted must be readable. */
export function checkIngress(config: DraftConfig, report: Report): void {
  const tenants = config.tenants ?? [];
  const topics = tenants.map((tenant) =>
    tenant?.ingress === undefined ? undefined : (tenant.ingress.topic ?? defaultTopic(tenant.id)),
  );
  const pathOf = (index: number): ConfigPath => ['tenants', index, 'ingress', 'topic'];
  reportTwice(topics, pathOf, 'a topic of its own', 'The topic says which tenant a record belongs to.', report);
  for (const [index, topic] of topics.entries()) {
    if (topic === undefined || !(OWN_TOPICS.has(topic) || topic.endsWith(DEAD_SUFFIX))) continue;
    report(pathOf(index), {
      expected: 'a topic that nothing else is in',
      found: topic,
      fix: 'Watchword itself writes there. Leave it out for the usual name.',
    });
  }
  for (const [index, tenant] of tenants.entries()) {
    if (tenant?.ingress === undefined || tenant.ingress.clear_recipients || config.keys?.ingress !== undefined)
      continue;
    report(['tenants', index, 'ingress'], {
      expected: 'keys.ingress beside it',
      found: 'none',
      fix: 'Addresses come encrypted to its public keys; without one every record would be rejected.',
    });
  }
}

function defaultTopic(tenant: string | undefined): string | undefined {
  return tenant === undefined ? undefined : ingressTopic(tenant);
}
