import { bucketOf, lookupKey, type KeyRing } from '@watchword/otp';
import type { State } from '@watchword/runtime';
import { bucketOfId, type AdmittedRequest } from '@watchword/verification';
import type { RequestPlan } from './plan-request.ts';

/**
 * After a rotation of the lookup key, as long as the other key is configured: what was counted of these recipients under their
 * other names, sends and wrong checks, counts under the one that this admission uses too. Does nothing with one key.
 */
export async function carryCounts(
  { store, keys }: { store: State['store']; keys: KeyRing<'lookup'> },
  plan: RequestPlan,
  id: string,
  request: AdmittedRequest,
): Promise<void> {
  const { tenant, lookup } = request;
  const used = lookup.slice(0, lookup.indexOf('.'));
  const others = keys.all('lookup').filter(({ kid }) => kid !== used);
  const first = plan.recipients[plan.workflow[0]!.recipient]!.key;
  await Promise.all(
    others.flatMap(({ kid }) => [
      ...plan.recipients.map(async ({ key }, index) => {
        const { limit_bucket: bucket, limit_key: limitKey } = request.recipients[index]!;
        const other = {
          bucket: bucketOf(keys, tenant, key, kid),
          limitKey: lookupKey(keys, tenant, '', key, kid).value,
        };
        await store.carrySends(other, { bucket, limitKey });
      }),
      store.carryWrongChecks(
        {
          bucket: bucketOf(keys, tenant, first, kid),
          lookup: `${kid}.${lookupKey(keys, tenant, request.purpose, first, kid).value}`,
        },
        { bucket: bucketOfId(id), lookup },
      ),
    ]),
  );
}
