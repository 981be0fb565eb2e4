import { page } from '../../http/pages/page.ts';
import type { FormErrors, FormValues } from '../../http/routing/page-route.ts';
import {
  type ApplicationType,
  type Client,
  needsSecret,
  TOKEN_LIFE_LIMITS,
  type TokenLife,
} from '../client.ts';
import type { CodeSample } from './code-samples.ts';

/** The members of an app in headings and lists. */
export interface AppLine {
  readonly id: string;
  readonly name: string;
  readonly type: ApplicationType;
  readonly status: 'active' | 'suspended';
  readonly isHeld: boolean;
  readonly isVerified: boolean;
  readonly usesSecret: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** One line of a list of addresses that cannot be taken. */
export interface LineProblem {
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

export interface NewAppModel extends FormModel {
  readonly type: ApplicationType;
  /** Names this form: sending it twice makes one app. */
  readonly draftKey: string;
}

/** A life of tokens that an app can choose, in seconds. */
export interface LifeChoice {
  readonly name: TokenLife;
  readonly least: number;
  readonly longest: number;
  /** Holds when the field is empty. */
  readonly fallback: number;
}

export interface SettingsModel extends FormModel {
  readonly app: AppLine;
  readonly lives: readonly LifeChoice[];
}

export interface CreatedAppModel {
  readonly app: AppLine;
  readonly secret: string | null;
  readonly samples: readonly CodeSample[];
}

export interface AppModel {
  readonly app: AppLine;
  readonly issuer: string;
  readonly redirectUris: readonly string[];
  readonly essentialCount: number;
  readonly voluntaryCount: number;
  readonly secretCount: number;
  /** APIs whose tokens it may introspect. */
  readonly introspectedResources: readonly string[];
}

const MOMENT = new Date('2026-11-17T09:41:00Z');

/** A long example for the samples of pages. */
export const SAMPLE_APP: AppLine = {
  id: 'app_c0ffee0011114222833344445555666',
  name: 'The Bookshop of Maximiliane Wolkenstein-Trostburg and Company',
  type: 'web',
  status: 'suspended',
  isHeld: true,
  isVerified: false,
  usesSecret: true,
  createdAt: MOMENT,
  updatedAt: MOMENT,
};

const SAMPLE_FORM: FormModel = {
  values: {
    name: 'Bookshop',
    redirectUris: 'http://shop.example/callback\nhttps://shop.example/ok',
  },
  errors: { name: 'name_missing', 'redirectUris.0': 'redirect_uri_not_https' },
  redirectProblems: [{ line: 'http://shop.example/callback', code: 'redirect_uri_not_https' }],
  logoutProblems: [],
};

export const appsPage = page<{ readonly apps: readonly AppLine[]; readonly search: string }>(
  'clients/apps.njk',
  { apps: [SAMPLE_APP, { ...SAMPLE_APP, status: 'active', type: 'machine' }], search: 'shop' },
);

export const chooseTypePage = page<{ readonly types: readonly ApplicationType[] }>(
  'clients/choose-type.njk',
  { types: ['web', 'single_page', 'native', 'machine'] },
);

export const newAppPage = page<NewAppModel>('clients/new.njk', {
  ...SAMPLE_FORM,
  type: 'native',
  draftKey: 'c0ffee00-1111-4222-8333-444455556666',
});

export const createdAppPage = page<CreatedAppModel>('clients/created.njk', {
  app: SAMPLE_APP,
  secret: '4nF0vJm3q1LrB7yXw9TzKp2sHd6GcEuA8iOoNkRfVtM',
  samples: [
    { id: 'install', code: 'npm install openid-client@6' },
    { id: 'sign_in', code: `const config = '<script>';` },
    { id: 'callback', code: 'x' },
    { id: 'service', code: 'x' },
    { id: 'curl_exchange', code: 'curl' },
    { id: 'curl_service', code: 'curl' },
  ],
});

export const appPage = page<AppModel>('clients/app.njk', {
  app: SAMPLE_APP,
  issuer: 'https://id.example.org',
  redirectUris: ['https://shop.example/callback'],
  essentialCount: 1,
  voluntaryCount: 3,
  secretCount: 2,
  introspectedResources: ['https://api.a-rather-long-company-name.example.org/orders/v1/'],
});

export const codePage = page<Omit<CreatedAppModel, 'secret'>>('clients/code.njk', {
  app: SAMPLE_APP,
  samples: createdAppPage.sample?.samples ?? [],
});

export const settingsPage = page<SettingsModel>('clients/settings.njk', {
  ...SAMPLE_FORM,
  errors: { ...SAMPLE_FORM.errors, refreshTokenIdleSeconds: 'token_life_idle_too_long' },
  app: { ...SAMPLE_APP, status: 'active' },
  lives: tokenLives({
    accessToken: 900,
    refreshToken: 1_209_600,
    refreshTokenAbsolute: 31_536_000,
  }),
});

export const suspendPage = page<{ readonly app: AppLine }>('clients/suspend.njk', {
  app: SAMPLE_APP,
});

export const deletePage = page<{ readonly app: AppLine }>('clients/delete.njk', {
  app: SAMPLE_APP,
});

/** An app for headings and lists. */
export function toAppLine(client: Client): AppLine {
  return {
    id: client.id,
    name: client.name,
    type: client.applicationType,
    status: client.status === 'suspended' ? 'suspended' : 'active',
    isHeld: client.isHeldByAdministrator,
    isVerified: client.isVerified,
    usesSecret: needsSecret(client.tokenEndpointAuthMethod),
    createdAt: client.createdAt,
    updatedAt: client.updatedAt,
  };
}

/** The choices of an app for the lives of its tokens, with the values for all other apps. */
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

/** The form as it came back, with the problem of each line beside the line. */
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
