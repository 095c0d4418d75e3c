import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Image } from './build-image.ts';

const UNWANTED = /\.node$|^node_modules\/(vitest|typescript|testcontainers)$|(^|\/)\.npmrc$/;

/**
 * What must not be in an image: tests, packages for development, compiled code that fits one machine only, npm's settings, which may
 * hold a token.
 *
 * @returns how many packages its bill of materials lists
 * @throws Error that names what is there
 */
export function checkContents({ root, workdir }: Pick<Image, 'root' | 'workdir'>, service: string): number {
  const folder = join(root, workdir);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const unwanted = files.filter((file) => UNWANTED.test(file));
  const tests = files.filter((file) => file.endsWith('.test.ts') && !file.startsWith('node_modules/'));
  if (unwanted.length + tests.length > 0)
    throw new Error(`${service}: not for an image: ${[...unwanted, ...tests].join(', ')}`);
  const sbom = JSON.parse(readFileSync(join(folder, 'sbom.cdx.json'), 'utf8')) as {
    components: { 'bom-ref': string }[];
  };
  const isListed = sbom.components.some((component) => component['bom-ref'].startsWith(`@watchword/${service}@`));
  if (!isListed) throw new Error(`${service} is not in its own bill of materials`);
  return sbom.components.length;
}
