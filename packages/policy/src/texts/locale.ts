import { type Duration, type Locale, LOCALES, TEXTS } from './texts.ts';

/** The language to use for a BCP 47 tag: `de-AT` → de, unknown → en. Underscores are taken for hyphens. */
export function resolveLocale(tag: string): Locale {
  const language = tag.split(/[-_]/, 1)[0]!.toLowerCase();
  return LOCALES.find((locale) => locale === language) ?? 'en';
}

/** The voice's language for a tag: the asked-for region if there is a voice for it, else the language's first. */
export function resolveVoiceLanguage(tag: string): string {
  const wanted = tag.replaceAll('_', '-').toLowerCase();
  const { voiceLanguages } = TEXTS[resolveLocale(tag)];
  return voiceLanguages.find((language) => language.toLowerCase() === wanted) ?? voiceLanguages[0];
}

/** A life in words, rounded down so that it never promises more than there is: "10 minutes", below one "45 seconds". */
export function formatDuration(locale: Locale, lifeMs: number): string {
  const seconds = Math.max(1, Math.floor(lifeMs / 1000));
  const { minutes: inMinutes, seconds: inSeconds } = TEXTS[locale];
  return seconds < 60 ? pluralise(locale, inSeconds, seconds) : pluralise(locale, inMinutes, Math.floor(seconds / 60));
}

/** Made at first use: one takes longer than the whole text. */
const rules = new Map<Locale, Intl.PluralRules>();

function rulesOf(locale: Locale): Intl.PluralRules {
  const made = rules.get(locale) ?? new Intl.PluralRules(locale);
  rules.set(locale, made);
  return made;
}

function pluralise(locale: Locale, forms: Duration, count: number): string {
  const form = rulesOf(locale).select(count) === 'one' ? forms.one : forms.other;
  return form.replace('{count}', String(count));
}
