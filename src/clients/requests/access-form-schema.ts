import { Type } from 'typebox';

import {
  localizedFields,
  localizedOf,
  localizedValues,
} from '../../http/routing/localized-text.ts';
import { type FormValues, typedText } from '../../http/routing/page-route.ts';
import type { Catalogue } from '../../scopes/index.ts';
import { type ClaimRequestInput, type Client, DURATIONS } from '../client.ts';
import { type AccessChoice, isPermission } from './set-requested-access.ts';

const CLAIM = '[a-z0-9_]{1,64}';

/** Names of the fields of the page "Details and permissions". */
export const fieldOf = {
  necessity: (claim: string): string => `necessity_${claim}`,
  /** The reason in one language. */
  purpose: (claim: string, locale: string): string => `purpose_${claim}.${locale}`,
  duration: (claim: string): string => `duration_${claim}`,
  permissions: 'permissions',
} as const;

/** Fields for each claim; administrators define claims while the server runs, so their names are a pattern. */
export const AccessForm = Type.Object(
  {
    permissions: Type.Optional(Type.Array(Type.String({ maxLength: 100 }), { maxItems: 200 })),
    /** The language of the example of the consent page. */
    exampleLocale: Type.Optional(Type.String({ maxLength: 35 })),
  },
  {
    patternProperties: {
      [`^necessity_${CLAIM}$`]: Type.Enum(['none', 'voluntary', 'essential', '']),
      ...localizedFields({ [`purpose_${CLAIM}`]: 600 }),
      [`^duration_${CLAIM}$`]: Type.Enum([...DURATIONS, '']),
    },
    additionalProperties: false,
    maxProperties: 2_000,
  },
);

/** The claims of the page in the order of the consent page: those that the app requests first, in its own order. */
export function claimOrder({ requests }: Pick<Client, 'requests'>, catalogue: Catalogue): string[] {
  const requested = requests.map(({ claim }) => claim);
  const offered = new Set(catalogue.permittedClaims(catalogue.dataScopes.map(({ name }) => name)));
  const known = catalogue.claims.live.map(({ name }) => name);
  return [...new Set([...requested, ...known])].filter((claim) => offered.has(claim));
}

/** The choice in a form. A claim without a field of its own is not requested. */
export function choiceIn(values: FormValues, order: readonly string[]): AccessChoice {
  const permissions = values[fieldOf.permissions] ?? [];
  return {
    requests: order.flatMap((claim) => requestIn(values, claim) ?? []),
    permissions: [permissions].flat().filter((name) => name !== ''),
  };
}

function requestIn(values: FormValues, claim: string): ClaimRequestInput | null {
  const necessity = typedText(values, fieldOf.necessity(claim));
  if (necessity !== 'essential' && necessity !== 'voluntary') return null;
  const duration = typedText(values, fieldOf.duration(claim));
  return {
    claim,
    necessity,
    purpose: localizedOf(values, `purpose_${claim}`),
    longestDuration: DURATIONS.find((known) => known === duration) ?? 'until_withdrawn',
  };
}

/**
 * The form of an app as it is stored. An app without registered claims requests all claims of its permissions, each optional; the form shows
 * exactly that.
 */
export function storedValues(client: Client, catalogue: Catalogue): FormValues {
  const implied = client.requests.length === 0 ? catalogue.permittedClaims(client.scopes) : [];
  const values: Record<string, string | readonly string[]> = {
    [fieldOf.permissions]: client.scopes.filter((name) => isPermission(name, catalogue)),
  };
  for (const claim of implied) values[fieldOf.necessity(claim)] = 'voluntary';
  for (const { claim, necessity, purpose, longestDuration } of client.requests) {
    values[fieldOf.necessity(claim)] = necessity;
    values[fieldOf.duration(claim)] = longestDuration;
    Object.assign(values, localizedValues(`purpose_${claim}`, purpose));
  }
  return values;
}

/** The field of the page for an error of `setRequestedAccess`. */
export function fieldOfError(field: string, { requests }: AccessChoice): string {
  const [list = '', index = '', member, locale = ''] = field.split('.');
  const claim = requests[Number(index)]?.claim;
  if (list !== 'requests' || claim === undefined) return list;
  if (member === 'purpose') return fieldOf.purpose(claim, locale);
  return member === 'longestDuration' ? fieldOf.duration(claim) : fieldOf.necessity(claim);
}
