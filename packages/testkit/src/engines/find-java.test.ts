import { expect, test } from 'vitest';
import { parseJavaMajor } from './find-java.ts';

test.each([
  ['IMPLEMENTOR="Debian"\nJAVA_VERSION="17.0.15"\n', 17],
  ['openjdk version "21" 2023-09-19\n', 21],
  ['java version "1.8.0_352"\n', 8],
  ['No Java runtime present, requesting install.', undefined],
])('the major version of %j is %s', (text, major) => {
  expect(parseJavaMajor(text)).toBe(major);
});
