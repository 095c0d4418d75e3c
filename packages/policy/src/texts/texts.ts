/**
 * Every word that a person reads or hears, by language. Placeholders in braces: `code`, `brand`, `duration`.
 *
 * The SMS sentences of all languages written in Latin letters keep to the GSM-7 alphabet, since one other letter more than
 * halves what fits into a message: hence "clave" (no "código"), "PIN" in Portuguese, and no ç, á, í, ó, ú, ã, ê.
 * They name the brand, say how long the code lives and that it is for nobody else; no link, no brackets (India's
 * templates forbid `<` and `>`).
 */
export interface Texts {
  sms: string;
  /** The language tags that voices exist for; the first one where the asked-for region is none of them. */
  voiceLanguages: readonly [string, ...string[]];
  voiceGreeting: string;
  voiceCode: string;
  voiceAgain: string;
  voiceGoodbye: string;
  emailSubject: string;
  emailCode: string;
  emailValidity: string;
  emailNeverAsk: string;
  emailIgnore: string;
  minutes: Duration;
  seconds: Duration;
}

/** By `Intl.PluralRules`; our languages need no other forms for whole numbers below a thousand. */
export interface Duration {
  one: string;
  other: string;
}

export const LOCALES = ['en', 'de', 'es', 'fr', 'pt', 'hi'] as const;
export type Locale = (typeof LOCALES)[number];

export const TEXTS: Readonly<Record<Locale, Texts>> = {
  en: {
    sms: '{code} is your {brand} code, valid for {duration}. Never share it.',
    voiceLanguages: ['en-US', 'en-GB', 'en-AU', 'en-IN'],
    voiceGreeting: 'Hello. This is {brand}.',
    voiceCode: 'Your code is:',
    voiceAgain: 'Once more, your code is:',
    voiceGoodbye: 'Do not share it with anyone. Goodbye.',
    emailSubject: 'Your {brand} code',
    emailCode: 'Your {brand} code is:',
    emailValidity: 'It is valid for {duration}.',
    emailNeverAsk: '{brand} will never ask you for this code. Do not share it with anyone.',
    emailIgnore: 'If you did not ask for it, you can ignore this e-mail.',
    minutes: { one: '{count} minute', other: '{count} minutes' },
    seconds: { one: '{count} second', other: '{count} seconds' },
  },
  de: {
    sms: '{code} ist Ihr Code für {brand}. Er gilt {duration}. Geben Sie ihn niemandem weiter.',
    voiceLanguages: ['de-DE'],
    voiceGreeting: 'Guten Tag. Hier ist {brand}.',
    voiceCode: 'Ihr Code lautet:',
    voiceAgain: 'Noch einmal, Ihr Code lautet:',
    voiceGoodbye: 'Geben Sie ihn niemandem weiter. Auf Wiederhören.',
    emailSubject: 'Ihr Code für {brand}',
    emailCode: 'Ihr Code für {brand} lautet:',
    emailValidity: 'Er gilt {duration}.',
    emailNeverAsk: '{brand} fragt Sie niemals nach diesem Code. Geben Sie ihn niemandem weiter.',
    emailIgnore: 'Wenn Sie ihn nicht angefordert haben, können Sie diese E-Mail ignorieren.',
    minutes: { one: '{count} Minute', other: '{count} Minuten' },
    seconds: { one: '{count} Sekunde', other: '{count} Sekunden' },
  },
  es: {
    sms: '{code} es tu clave de {brand}. Vale durante {duration}. No la compartas con nadie.',
    voiceLanguages: ['es-ES', 'es-MX', 'es-US'],
    voiceGreeting: 'Hola. Te llama {brand}.',
    voiceCode: 'Tu código es:',
    voiceAgain: 'Una vez más, tu código es:',
    voiceGoodbye: 'No lo compartas con nadie. Adiós.',
    emailSubject: 'Tu código de {brand}',
    emailCode: 'Tu código de {brand} es:',
    emailValidity: 'Vale durante {duration}.',
    emailNeverAsk: '{brand} nunca te pedirá este código. No lo compartas con nadie.',
    emailIgnore: 'Si no lo has pedido, puedes ignorar este correo.',
    minutes: { one: '{count} minuto', other: '{count} minutos' },
    seconds: { one: '{count} segundo', other: '{count} segundos' },
  },
  fr: {
    sms: '{code} est votre code {brand}. Il est valable {duration}. Ne le donnez à personne.',
    voiceLanguages: ['fr-FR', 'fr-CA'],
    voiceGreeting: 'Bonjour. Ici {brand}.',
    voiceCode: 'Votre code est :',
    voiceAgain: 'Je répète, votre code est :',
    voiceGoodbye: 'Ne le donnez à personne. Au revoir.',
    emailSubject: 'Votre code {brand}',
    emailCode: 'Votre code {brand} est :',
    emailValidity: 'Il est valable {duration}.',
    emailNeverAsk: '{brand} ne vous demandera jamais ce code. Ne le donnez à personne.',
    emailIgnore: 'Si vous ne l’avez pas demandé, ignorez ce message.',
    minutes: { one: '{count} minute', other: '{count} minutes' },
    seconds: { one: '{count} seconde', other: '{count} secondes' },
  },
  pt: {
    sms: '{code} é o seu PIN {brand}. Vale por {duration}. Nunca o mostre a ninguém.',
    voiceLanguages: ['pt-BR', 'pt-PT'],
    voiceGreeting: 'Olá. Aqui é {brand}.',
    voiceCode: 'O seu código é:',
    voiceAgain: 'Mais uma vez, o seu código é:',
    voiceGoodbye: 'Não o mostre a ninguém. Até logo.',
    emailSubject: 'O seu código {brand}',
    emailCode: 'O seu código {brand} é:',
    emailValidity: 'Vale por {duration}.',
    emailNeverAsk: '{brand} nunca lhe pedirá este código. Não o mostre a ninguém.',
    emailIgnore: 'Se não o pediu, ignore esta mensagem.',
    minutes: { one: '{count} minuto', other: '{count} minutos' },
    seconds: { one: '{count} segundo', other: '{count} segundos' },
  },
  hi: {
    sms: '{code} आपका {brand} कोड है, {duration} तक मान्य। किसी को न बताएँ।',
    voiceLanguages: ['hi-IN'],
    voiceGreeting: 'नमस्ते। यह {brand} है।',
    voiceCode: 'आपका कोड है:',
    voiceAgain: 'एक बार फिर, आपका कोड है:',
    voiceGoodbye: 'इसे किसी को न बताएँ। धन्यवाद।',
    emailSubject: 'आपका {brand} कोड',
    emailCode: 'आपका {brand} कोड है:',
    emailValidity: 'यह {duration} तक मान्य है।',
    emailNeverAsk: '{brand} आपसे यह कोड कभी नहीं पूछेगा। इसे किसी को न बताएँ।',
    emailIgnore: 'यदि आपने इसे नहीं माँगा, तो इस ई-मेल को अनदेखा करें।',
    minutes: { one: '{count} मिनट', other: '{count} मिनट' },
    seconds: { one: '{count} सेकंड', other: '{count} सेकंड' },
  },
};
