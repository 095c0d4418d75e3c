import { escapeMarkup, fill } from './fill.ts';
import type { Locale, Texts } from './texts.ts';

/**
 * Subject, plain text and HTML of the mail. The subject holds no code: mail servers and vendors' webhooks log and echo
 * subjects, bodies they don't. The body begins with the code, so that a notification's preview shows it all the same.
 */
export function renderEmail(
  locale: Locale,
  texts: Texts,
  values: { code: string; brand: string; duration: string },
): { subject: string; text: string; html: string } {
  const paragraphs = [texts.emailValidity, texts.emailNeverAsk, texts.emailIgnore];
  const text = [texts.emailCode, '{code}', ...paragraphs].join('\n\n');
  return {
    subject: fill(texts.emailSubject, values),
    text: `${fill(text, values)}\n`,
    html: fill(htmlTemplate(locale, texts, paragraphs), {
      code: escapeMarkup(values.code),
      brand: escapeMarkup(values.brand),
      duration: escapeMarkup(values.duration),
    }),
  };
}

/**
 * One column without images, links or tables. No colour but the client's own, so that a dark mode has nothing to get wrong;
 * the code is plain digits spaced by style, so that it copies without blanks and one click selects it.
 */
function htmlTemplate(locale: Locale, texts: Texts, paragraphs: readonly string[]): string {
  return `<!doctype html>
<html lang="${locale}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${escapeMarkup(texts.emailSubject)}</title>
</head>
<body style="margin:0;padding:24px;font-family:system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif;font-size:16px;line-height:1.5">
<main style="max-width:480px;margin:0 auto">
<p style="margin:0">${escapeMarkup(texts.emailCode)}</p>
<p style="margin:16px 0;font-family:ui-monospace,Menlo,Consolas,monospace;font-size:32px;font-weight:700;letter-spacing:4px;-webkit-user-select:all;user-select:all">{code}</p>
${paragraphs.map((paragraph) => `<p style="margin:0 0 12px">${escapeMarkup(paragraph)}</p>`).join('\n')}
</main>
</body>
</html>
`;
}
