import { page } from '../../http/pages/page.ts';
import type { FormErrors } from '../../http/routing/page-route.ts';
import { SAMPLE_APP, type AppLine } from '../console/client-views.ts';
import type { SecretSummary } from '../client.ts';

/** Overlaps a developer can choose on the page, as form values. */
export const OVERLAPS = ['0', '3600', '86400', '604800', 'keep'] as const;

export interface SecretsModel {
  readonly app: AppLine;
  readonly secrets: readonly SecretSummary[];
  readonly overlaps: readonly string[];
  /** Names this form: sending it twice makes one secret. */
  readonly draftKey: string;
  readonly errors: FormErrors;
}

const SECRET: SecretSummary = {
  id: 'c0ffee00-1111-4222-8333-444455556667',
  hint: 'VtM0',
  createdAt: SAMPLE_APP.createdAt,
  expiresAt: SAMPLE_APP.updatedAt,
  lastUsedAt: SAMPLE_APP.updatedAt,
};

export const secretsPage = page<SecretsModel>('clients/secrets.njk', {
  app: SAMPLE_APP,
  secrets: [SECRET, { ...SECRET, expiresAt: null, lastUsedAt: null }],
  overlaps: OVERLAPS,
  draftKey: SECRET.id,
  errors: { form: 'too_many_secrets' },
});

export const newSecretPage = page<{ readonly app: AppLine; readonly secret: string }>(
  'clients/new-secret.njk',
  { app: SAMPLE_APP, secret: '4nF0vJm3q1LrB7yXw9TzKp2sHd6GcEuA8iOoNkRfVtM' },
);

export const removeSecretPage = page<{ readonly app: AppLine; readonly secret: SecretSummary }>(
  'clients/remove-secret.njk',
  { app: SAMPLE_APP, secret: SECRET },
);
