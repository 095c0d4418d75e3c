import { NAMES_NOW } from './names-now.ts';
import type { Network } from './networks.ts';

/** Forms of companies, and words that say no more than "a phone company". */
const COMMON_WORDS = new Set(
  `ab ag as asa bv co communication communications company corp corporation gmbh gsm group holding inc jsc kg limited llc ltd
   mobil mobile mobiles movil network networks nv ojsc oy oyj pjsc plc pt pty pvt sa sarl sas sdn bhd service services spa srl
   telecom telecommunication telecommunications telekom the wireless`.split(/\s+/),
);
/** What countries are called by their own companies. */
const HOME_WORDS = new Set(
  'danmark deutschland espana france italia magyarorszag nederland norge norway osterreich polska romania suomi sverige sweden uk'.split(
    ' ',
  ),
);

/**
 * The network of a country that a carrier's name stands for. The names must be the same but for case, accents and brackets; or
 * else what is left of them without words that every company has, if that is so for one network alone.
 *
 * @returns undefined where none or several come into question: a wrong operator is worse than none
 */
export function matchName(name: string, country: string, networks: readonly Network[]): Network | undefined {
  const now = NAMES_NOW[country]?.[name] ?? name;
  return only(networks, now, plain) ?? only(networks, now, (text, network) => core(text, country, network.countryName));
}

function only(
  networks: readonly Network[],
  name: string,
  reduce: (text: string, network: Network) => string,
): Network | undefined {
  const fitting = networks.filter((network) => {
    const wanted = reduce(name, network);
    return wanted !== '' && network.names.some((each) => reduce(each, network) === wanted);
  });
  return fitting.length === 1 ? fitting[0] : undefined;
}

function plain(text: string): string {
  return words(text).join('');
}

function core(text: string, country: string, countryName: string): string {
  const home = new Set([...words(countryName), country.toLowerCase()]);
  return words(text)
    .filter((word) => !COMMON_WORDS.has(word) && !HOME_WORDS.has(word) && !home.has(word))
    .join('');
}

function words(text: string): string[] {
  return text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/\(.*?\)/g, ' ')
    .replaceAll('&', ' and ')
    .replaceAll(/\b([a-z])[./]\s?(?=[a-z]\b)/g, '$1')
    .split(/[^\p{L}\p{N}+]+/u)
    .filter((word) => word !== '');
}
