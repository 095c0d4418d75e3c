import { INGEST_GROUP, TOPICS, deadLetterTopic } from '@watchword/contracts';
import type { Config } from '@watchword/runtime';
import { DEAD_SUFFIX } from './letter.ts';

/**
 * Every dead-letter topic that a deployment can have, bare: those of our own topics and of the channels' jobs, and those of the
 * topics that its tenants' platforms write. Known by name, since without a prefix other deployments' topics look like ours.
 */
export function deadTopicsOf({
  tenants,
}: {
  tenants: readonly Pick<Config['tenants'][number], 'ingress'>[];
}): string[] {
  const own = TOPICS.map(({ name }) => name).filter((name) => name.endsWith(DEAD_SUFFIX));
  const ingress = tenants.flatMap((tenant) =>
    tenant.ingress ? [deadLetterTopic(tenant.ingress.topic, INGEST_GROUP)] : [],
  );
  return [...own, ...ingress];
}
