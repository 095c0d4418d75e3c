import type { Channel } from '@watchword/contracts';
import { fill } from './fill.ts';
import { toGsm7 } from './gsm7.ts';
import { formatDuration, resolveLocale, resolveVoiceLanguage } from './locale.ts';
import { renderEmail } from './render-email.ts';
import { renderSpeech } from './render-speech.ts';
import { TEXTS } from './texts.ts';

export interface SmsContent {
  channel: 'sms';
  text: string;
}

export interface VoiceContent {
  channel: 'voice';
  /** BCP 47 with region, of a voice that vendors have. */
  language: string;
  /** Says the code twice by itself: it is to be played once. */
  ssml: string;
}

export interface EmailContent {
  channel: 'email';
  subject: string;
  text: string;
  html: string;
  /** For the `OTP-Token` header (draft-goto-otp-token); only with an origin. */
  otp?: { code: string; origin: string };
}

export type RenderedContent = SmsContent | VoiceContent | EmailContent;

export interface TextRequest {
  channel: Channel;
  /** BCP 47; falls back from region to language to English. */
  locale: string;
  /** The tenant's name as people know it; cut at `BRAND_LENGTH_MAX`. */
  brand: string;
  code: string;
  /** What is left of the code's life. */
  lifeMs: number;
  /** `https://example.com`: lets browsers and mail programs offer the code on that site only. */
  webotpOrigin?: string;
}

/** Leaves an SMS in English with a code of ten digits and a host of 40 characters within one part of 160. */
export const BRAND_LENGTH_MAX = 30;

/** The default text of a channel. Pure; the only place where a code becomes readable. */
export function renderText(request: TextRequest): RenderedContent {
  const locale = resolveLocale(request.locale);
  const texts = TEXTS[locale];
  const values = {
    code: request.code,
    brand: cleanBrand(request.brand),
    duration: formatDuration(locale, request.lifeMs),
  };
  const origin = request.webotpOrigin === undefined ? undefined : parseHttpsOrigin(request.webotpOrigin);
  switch (request.channel) {
    case 'sms': {
      const sentence = fill(texts.sms, { ...values, brand: toGsm7(values.brand) });
      return { channel: 'sms', text: origin ? `${sentence}\n\n@${origin.hostname} #${values.code}` : sentence };
    }
    case 'voice':
      return {
        channel: 'voice',
        language: resolveVoiceLanguage(request.locale),
        ssml: renderSpeech(texts, values),
      };
    case 'email': {
      const rendered = renderEmail(locale, texts, values);
      if (!origin) return { channel: 'email', ...rendered };
      return { channel: 'email', ...rendered, otp: { code: values.code, origin: origin.origin } };
    }
  }
}

/** One line without control or invisible formatting characters: nothing that could add a header, a line or a direction. */
function cleanBrand(brand: string): string {
  const line = brand.replaceAll(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
  return Array.from(line).slice(0, BRAND_LENGTH_MAX).join('').trim();
}

/**
 * Origin-bound codes are for https only and name the host without a port
 * (https://wicg.github.io/sms-one-time-codes/). A wrong origin loses the autofill, never the message.
 */
function parseHttpsOrigin(text: string): URL | undefined {
  const url = URL.parse(text.includes('://') ? text : `https://${text}`);
  return url?.protocol === 'https:' && url.hostname.includes('.') ? url : undefined;
}
