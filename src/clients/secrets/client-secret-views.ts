import { page } from '../../http/pages/page.ts';
import type { FormErrors } from '../../http/routing/page-route.ts';
import type { SecretSummary } from '../client.ts';
import type { AppLine } from '../console/client-views.ts';

/** Overlaps that a developer can choose on the page, as form values. */
export const OVERLAPS = ['0', '3600', '86400', '604800', 'keep'] as const;

interface SecretsModel {
  readonly app: AppLine;
  readonly secrets: readonly SecretSummary[];
  readonly overlaps: readonly string[];
  /** Identifies this form: submitting it twice creates one secret. */
  readonly draftKey: string;
  readonly errors: FormErrors;
}

export const secretsPage = page<SecretsModel>('clients/secrets.njk');

export const newSecretPage = page<{ readonly app: AppLine; readonly secret: string }>(
  'clients/new-secret.njk',
);

export const removeSecretPage = page<{ readonly app: AppLine; readonly secret: SecretSummary }>(
  'clients/remove-secret.njk',
);
