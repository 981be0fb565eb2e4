import { readdirSync } from 'node:fs';

import type { Page } from '../../http/pages/page.ts';
import type { Templates } from '../../http/pages/templates.ts';
import { AppError } from '../../platform/app-error.ts';
import type { Locale } from '../../platform/languages.ts';

/** The content of every mail: sentences, an optional code, and the address of our pages. */
export interface MailModel {
  readonly subject: string;
  readonly before: readonly string[];
  readonly code: string | null;
  readonly after: readonly string[];
  readonly link: { readonly href: string; readonly label: string } | null;
  readonly origin: string;
  /** Name of the service. */
  readonly service: string;
  /** The address of the logo of the service inside the mail (RFC 2392); null without one. */
  readonly serviceLogo: string | null;
  /** The address of the logo inside the mail, of the app that the mail is about; null without one. */
  readonly appLogo: string | null;
}

/** The templates of the operator for mails. */
export interface OwnMailTemplates {
  /** Renders the files of the folder; their names have no folder. */
  readonly templates: Templates;
  /** The template for a mail; null: the one of this server. */
  find(mail: string, locale: Locale): Page<MailModel> | null;
}

const FILE = /^([a-z-]+)(?:\.([A-Za-z-]+))?\.njk$/;
/** The template of all mails without an own one. */
const ALL = 'message';
/** A file that the others include or extend. */
const PART = /^_/;

/**
 * Opens the folder of MAIL_TEMPLATES_FOLDER: `message.njk` for all mails, `<mail>.njk` for one, each also for one language
 * as `<mail>.<language>.njk`. Files that begin with `_` are parts of others.
 * @throws AppError `mail_templates_invalid`: its detail names the file and the fault.
 */
export function openOwnMailTemplates(input: {
  readonly folder: string;
  readonly templates: Templates;
  readonly mails: readonly string[];
  readonly locales: readonly Locale[];
}): OwnMailTemplates {
  const { folder, templates, mails, locales } = input;
  const names = new Set(namesIn(folder));
  for (const name of names) {
    const [, mail = '', locale] = FILE.exec(name) ?? [];
    if (mail !== ALL && !mails.includes(mail)) {
      throw refusal(`${name} is the name of no mail; the mails are ${mails.join(', ')}`);
    }
    if (locale !== undefined && !locales.includes(locale)) {
      throw refusal(
        `${name} is for a language that is not installed; installed: ${locales.join(', ')}`,
      );
    }
  }
  return {
    templates,
    find: (mail, locale) => {
      const wanted = [`${mail}.${locale}`, mail, `${ALL}.${locale}`, ALL];
      const name = wanted.map((one) => `${one}.njk`).find((one) => names.has(one));
      return name === undefined ? null : { template: name };
    },
  };
}

/** The failure for a template that could be opened and not rendered. */
export function unrenderable(name: string, cause: unknown): AppError {
  const reason = cause instanceof Error ? cause.message.replaceAll(/\s+/g, ' ') : String(cause);
  return refusal(`${name} cannot be rendered: ${reason}`, cause);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.njk') && !PART.test(name));
  } catch (cause) {
    throw refusal(`the folder cannot be read (${(cause as NodeJS.ErrnoException).code})`, cause);
  }
}

function refusal(problem: string, cause?: unknown): AppError {
  return new AppError('invalid', 'mail_templates_invalid', {
    detail: `MAIL_TEMPLATES_FOLDER: ${problem}.`,
    cause,
  });
}
