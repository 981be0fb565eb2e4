import type { CleanText } from './clean-text.ts';

/** A full https address without a user name or password in it, in its plain form (WHATWG URL); else the code `url_invalid`. */
export function checkUrl(text: string): CleanText {
  const url = URL.parse(text);
  const isGood = url?.protocol === 'https:' && url.username === '' && url.password === '';
  return isGood ? { text: url.href } : { code: 'url_invalid' };
}
