import { page } from '../../http/pages/page.ts';
import type { FormErrors, FormValues } from '../../http/routing/page-route.ts';
import {
  type ApplicationType,
  type Client,
  needsSecret,
  TOKEN_LIFE_LIMITS,
  type TokenLife,
} from '../client.ts';
import { logoHref } from '../logos/client-logo.ts';

/** The members of an app in headings and lists. */
export type AppLine = ReturnType<typeof toAppLine>;

/** One refused line of a list of addresses. */
interface LineProblem {
  readonly line: string;
  readonly code: string;
}

/** The members of every form page beside its fields. */
export interface FormModel {
  readonly values: FormValues;
  readonly errors: FormErrors;
  readonly redirectProblems: readonly LineProblem[];
  readonly logoutProblems: readonly LineProblem[];
}

interface NewAppModel extends FormModel {
  readonly type: ApplicationType;
  /** Identifies this form: submitting it twice creates one app. */
  readonly draftKey: string;
}

/** A token lifetime that an app can choose, in seconds. */
interface LifeChoice {
  readonly name: TokenLife;
  readonly least: number;
  readonly longest: number;
  /** The value for an empty field. */
  readonly fallback: number;
}

interface SettingsModel extends FormModel {
  readonly app: AppLine;
  readonly lives: readonly LifeChoice[];
}

interface CreatedAppModel {
  readonly app: AppLine;
  readonly secret: string | null;
}

export const appsPage = page<{ readonly apps: readonly AppLine[]; readonly search: string }>(
  'clients/apps.njk',
);
export const chooseTypePage = page<{ readonly types: readonly ApplicationType[] }>(
  'clients/choose-type.njk',
);
export const newAppPage = page<NewAppModel>('clients/new.njk');
export const createdAppPage = page<CreatedAppModel>('clients/created.njk');
export const settingsPage = page<SettingsModel>('clients/settings.njk');
export const suspendPage = page<{ readonly app: AppLine }>('clients/suspend.njk');
export const deletePage = page<{ readonly app: AppLine }>('clients/delete.njk');
export const deletedPage = page<{ readonly app: AppLine }>('clients/deleted.njk');

/** An app for headings and lists. */
export function toAppLine(client: Client) {
  return {
    id: client.id,
    name: client.name,
    /** The address of its logo; null without one. */
    logo: logoHref(client),
    type: client.applicationType,
    status: client.status === 'suspended' ? 'suspended' : 'active',
    isHeld: client.isHeldByAdministrator,
    isVerified: client.isVerified,
    usesSecret: needsSecret(client.tokenEndpointAuthMethod),
    hasSignOutNotices: client.backchannelLogoutUri !== null,
    createdAt: client.createdAt,
    updatedAt: client.updatedAt,
  };
}

/** The token lifetimes of an app, with the default values. */
export function tokenLives(lifetimes: {
  readonly accessToken: number;
  readonly refreshToken: number;
  readonly refreshTokenAbsolute: number;
}): readonly LifeChoice[] {
  const fallbacks: Readonly<Record<TokenLife, number>> = {
    accessTokenSeconds: lifetimes.accessToken,
    refreshTokenIdleSeconds: lifetimes.refreshToken,
    refreshTokenAbsoluteSeconds: lifetimes.refreshTokenAbsolute,
  };
  const names = Object.keys(fallbacks) as TokenLife[];
  return names.map((name) => ({ name, ...TOKEN_LIFE_LIMITS[name], fallback: fallbacks[name] }));
}

/** The lines of a text area that are not empty. */
export function linesOf(text: FormValues[string] | undefined): string[] {
  const lines = [text ?? ''].flat().join('\n').split(/\r?\n/);
  return lines.map((line) => line.trim()).filter((line) => line !== '');
}

/** The submitted form, with the problem of each line beside the line. */
export function formModel(values: FormValues, errors: FormErrors): FormModel {
  return {
    values,
    errors,
    redirectProblems: lineProblems('redirectUris', values, errors),
    logoutProblems: lineProblems('postLogoutRedirectUris', values, errors),
  };
}

function lineProblems(field: string, values: FormValues, errors: FormErrors): LineProblem[] {
  const lines = linesOf(values[field]);
  return lines.flatMap((line, index) => {
    const code = errors[`${field}.${String(index)}`];
    return code === undefined ? [] : [{ line, code }];
  });
}
