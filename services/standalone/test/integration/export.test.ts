import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCli } from '../run-cli.ts';
import { codeIn, freshNumber, startProduct, type Product } from '../start-product.ts';
import { watchEvents } from '../watch-product.ts';

const folder = mkdtempSync(join(tmpdir(), 'watchword-export-'));
let product: Product;
beforeAll(async () => {
  product = await startProduct();
});
afterAll(async () => {
  await product.stop();
  rmSync(folder, { recursive: true });
});

it('what the product has published is exported by one command, without the person’s number', async () => {
  const events = await watchEvents(product);
  const to = freshNumber();
  const { id } = (await product.start({ to, channel: 'sms' })).body;
  const [message] = await product.messages(to);
  await product.check(id, codeIn(message!.text));
  await events.until('otp.outcome.v1', id, 1);
  const receipts = await events.until('otp.receipt.v1', id, 2);
  await events.stop();

  const { code, output } = await runCli(product.environment, 'export', '--out', folder, '--since', '1h');
  expect(output.split('\n').filter((line) => line !== '')).toEqual([
    `${join(folder, 'attempts.parquet')}: 1 rows`,
    `${join(folder, 'receipts.parquet')}: ${receipts.length} rows`,
    `${join(folder, 'checks.parquet')}: 1 rows`,
    `${join(folder, 'outcomes.parquet')}: 1 rows`,
    expect.stringMatching(/quality\.parquet: \d+ rows$/),
  ]);
  expect(code).toBe(0);
  const files = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'latin1'));
  expect(files.filter((file) => file.includes(id))).toHaveLength(4);
  for (const file of files) expect(file).not.toContain(to.slice(1));
});

it('an end that is not after the beginning is told', async () => {
  const { code, output } = await runCli(
    product.environment,
    'export',
    '--out',
    folder,
    '--since',
    '1h',
    '--until',
    '2h',
  );
  expect([code, output]).toEqual([2, '--until must be after --since.\n']);
});
