import { Type } from 'typebox';

import { Passkey, Session } from './export-access-format.ts';
import {
  about,
  AppName,
  Id,
  Localized,
  Maybe,
  Moment,
  Row,
  STRICT,
  Text,
  Texts,
} from './export-fields.ts';

/** The format of `data.json`. A change that breaks readers gets another name. */
export const EXPORT_FORMAT = 'consentry-export/1';

const Account = Type.Object(
  {
    id: Id,
    status: Text,
    locale: Maybe(Text),
    isAdministrator: Type.Boolean(),
    createdAt: Moment,
    lastSignInAt: Maybe(Moment),
  },
  STRICT,
);

const Attribute = Type.Object(
  {
    id: Id,
    claim: about(Text, 'The name of the claim, as in OpenID Connect Core 1.0 §5.1.'),
    label: Maybe(Text),
    value: Type.Union([Text, Type.Number(), Type.Boolean(), Type.Record(Text, Text)]),
    isVerified: Type.Boolean(),
    verifiedAt: Maybe(Moment),
    isDefault: Type.Boolean(),
    createdAt: Moment,
    updatedAt: Moment,
  },
  STRICT,
);

const Picture = Type.Object(
  {
    id: Id,
    file: about(Text, 'The path in this archive.'),
    label: Maybe(Text),
    isDefault: Type.Boolean(),
    createdAt: Moment,
  },
  STRICT,
);

const Entry = Type.Object(
  {
    id: Text,
    namespace: Text,
    key: Text,
    value: about(Type.Unknown(), 'Any JSON value.'),
    version: Text,
    changedBy: about(Maybe(Text), 'The app that wrote it last; null: you.'),
    createdAt: Moment,
    updatedAt: Moment,
  },
  STRICT,
);

const Scope = Type.Object(
  { scope: Text, resource: Maybe(Text), decision: Type.Enum(['allow', 'refuse']) },
  STRICT,
);

const Item = Type.Object(
  {
    claim: Text,
    decision: Type.Enum(['share', 'refuse']),
    attributeId: about(Maybe(Id), 'The shared value: the `id` in `attributes`.'),
    isEssential: Type.Boolean(),
    purposeVersion: Type.Integer(),
    purpose: Maybe(Localized),
    duration: Text,
    seenDuration: Maybe(Text),
    keptVersion: Maybe(Type.Integer()),
    decidedAt: Moment,
    expiresAt: Maybe(Moment),
    usedAt: Maybe(Moment),
  },
  STRICT,
);

const Consent = Type.Object(
  {
    id: Id,
    accountId: Id,
    clientId: Text,
    appName: AppName,
    version: Type.Integer(),
    status: Text,
    grantId: Text,
    items: Type.Array(Item),
    scopes: Type.Array(Scope),
    createdAt: Moment,
    updatedAt: Moment,
    grantCreatedAt: Moment,
    suspendedAt: Maybe(Moment),
    suspendedFor: Maybe(Text),
    requestedClaimNames: Type.Object({ userinfo: Texts, idToken: Texts }, STRICT),
  },
  STRICT,
);

const Decision = Type.Object(
  {
    id: Row,
    consentId: Id,
    accountId: Id,
    clientId: Text,
    appName: AppName,
    kind: Text,
    details: about(
      Type.Record(Text, Type.Unknown()),
      'The decisions of this step: names of claims and ids of values.',
    ),
    locale: Maybe(Text),
    occurredAt: Moment,
  },
  STRICT,
);

const Receipt = about(
  Type.Object(
    {
      schema_version: Text,
      receipt_id: Id,
      record_id: Id,
      record_version: Type.Integer(),
      record_status: Text,
      pii_principal_id: Text,
      pii_processing: Type.Record(Text, Type.Unknown()),
      party_identification: Type.Array(Type.Record(Text, Type.Unknown())),
      event: Type.Record(Text, Type.Unknown()),
      jws: about(
        Text,
        'The signed receipt (RFC 7515, compact). Check it with the keys of the issuer.',
      ),
    },
    STRICT,
  ),
  'Member names of ISO/IEC TS 27560:2023.',
);

const Release = Type.Object(
  {
    id: about(Text, 'The number within the account, counted from 1; a 64-bit number as text.'),
    accountId: Id,
    clientId: Text,
    appName: AppName,
    grantId: Maybe(Text),
    channel: Text,
    claims: about(Texts, 'Names of the claims that the app read.'),
    ip: Maybe(Text),
    requestId: Maybe(Text),
    releasedAt: Moment,
  },
  STRICT,
);

const Event = about(
  Type.Object(
    {
      id: Row,
      kind: Text,
      accountId: Id,
      clientId: Maybe(Text),
      requestId: about(Maybe(Text), 'Events with the same one happened in one request.'),
      details: Type.Record(Text, Type.Unknown()),
      occurredAt: Moment,
      ip: Type.Optional(Maybe(Text)),
      userAgent: Type.Optional(Maybe(Text)),
    },
    STRICT,
  ),
  'An event that another person caused has neither `ip` nor `userAgent`.',
);

const App = about(
  Type.Object({ id: Text, name: Text, status: Text, createdAt: Moment, updatedAt: Moment }),
  'An app that you registered, with all its settings: the members of `Client` in the API of this server.',
);

/** The JSON Schema of `data.json`, in the order of its sections. */
const ExportDocument = Type.Object(
  {
    format: Type.Literal(EXPORT_FORMAT),
    issuer: about(Text, 'The address of the server.'),
    exportedAt: Moment,
    sections: Type.Object(
      {
        account: Type.Array(Account),
        attributes: about(Type.Array(Attribute), 'The values of your profile.'),
        pictures: Type.Array(Picture),
        records: about(Type.Array(Entry), 'What apps store with you.'),
        consents: about(Type.Array(Consent), 'The apps that have access now.'),
        decisions: about(Type.Array(Decision), 'Each step of each consent, newest first.'),
        receipts: Type.Array(Receipt),
        releases: about(Type.Array(Release), 'Each read by an app, newest first.'),
        passkeys: about(Type.Array(Passkey), 'Without their keys.'),
        sessions: about(Type.Array(Session), 'The browsers in which you are signed in.'),
        events: about(Type.Array(Event), 'What happened in your account, newest first.'),
        apps: Type.Array(App),
      },
      STRICT,
    ),
  },
  {
    ...STRICT,
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'The data of a person in Consentry',
    description: 'Times are ISO 8601 in UTC.',
  },
);

/** `schema.json` of an archive, and `docs/export.schema.json`. */
export function exportSchemaText(): string {
  return `${JSON.stringify(ExportDocument, null, 2)}\n`;
}
