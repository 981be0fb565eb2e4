import type { Database } from '../src/platform/postgres/postgres.ts';
import type { Connected } from '../src/server/services.ts';
import type { AttributeValue } from '../src/vault/index.ts';

type Deps = Pick<Connected, 'db' | 'accounts' | 'vault' | 'authentication' | 'imports'>;

/** A demo person. The passwords are public, so this never runs in production. */
export interface DemoPerson {
  /** Finds the account again, also after changes by the person. */
  readonly key: string;
  readonly email: string;
  readonly password: string;
  readonly isAdministrator: boolean;
  readonly values: readonly DemoValue[];
}

interface DemoValue {
  readonly claim: string;
  readonly value: AttributeValue;
  readonly label?: string;
}

export const ANA: DemoPerson = {
  key: 'demo:ana',
  email: 'ana@example.org',
  password: 'paper lantern over quiet water',
  isAdministrator: false,
  values: [
    { claim: 'email', value: 'ana@example.org' },
    { claim: 'email', value: 'ana.petrova@work.example', label: 'work' },
    { claim: 'phone_number', value: '+12025550143' },
    { claim: 'name', value: 'Ana Petrova' },
    { claim: 'name', value: 'A. Petrova', label: 'short' },
    { claim: 'nickname', value: 'Anya' },
    { claim: 'birthdate', value: '1991-04-12' },
    {
      claim: 'address',
      value: {
        street_address: '12 Harbour Lane',
        locality: 'Lisbon',
        postal_code: '1100-148',
        country: 'Portugal',
      },
    },
  ],
};

export const ADMINISTRATOR: DemoPerson = {
  key: 'demo:administrator',
  email: 'admin@example.org',
  password: 'copper kettle keeps the winter out',
  isAdministrator: true,
  values: [
    { claim: 'email', value: 'admin@example.org' },
    { claim: 'name', value: 'Sam Keeper' },
  ],
};

/** The state of a demo person. */
export interface DemoAccount {
  /** Null when it cannot be used any more. */
  readonly accountId: string | null;
  /** The address and password of the demo person open it. */
  readonly isAsMade: boolean;
}

/** The account and its first password are made in one transaction. */
const SAME_MOMENT_MS = 60_000;

/** Creates the account once. Later changes and deletions by the person are not undone. */
export async function ensurePerson(deps: Deps, person: DemoPerson): Promise<DemoAccount> {
  const accountId =
    (await deps.imports.findExternal(person.key)) ?? (await makeOrAdopt(deps, person));
  const account = await deps.accounts.find(accountId);
  if (account?.status !== 'active') return { accountId: null, isAsMade: false };
  const owner = await deps.vault.findIdentifier({ kind: 'email', value: person.email });
  const changedAt = await deps.authentication.passwordChangedAt(accountId);
  const isFirstPassword =
    changedAt !== null && changedAt.getTime() - account.createdAt.getTime() < SAME_MOMENT_MS;
  return { accountId, isAsMade: owner?.accountId === accountId && isFirstPassword };
}

/** An account with this address was made by an older release, or by the person who tries the server. */
async function makeOrAdopt(deps: Deps, person: DemoPerson): Promise<string> {
  const owner = await deps.vault.findIdentifier({ kind: 'email', value: person.email });
  const { key: externalId } = person;
  return deps.db.transaction(async (tx) => {
    const accountId = owner?.accountId ?? (await createPerson(deps, tx, person));
    await deps.imports.noteExternal(tx, { externalId, accountId });
    return accountId;
  });
}

async function createPerson(
  { accounts, vault, authentication }: Deps,
  tx: Database,
  person: DemoPerson,
): Promise<string> {
  const { id: accountId } = await accounts.create(tx, { status: 'active', locale: null });
  await vault.createKey(tx, accountId);
  for (const { claim, value, label } of person.values) {
    const kind = claim === 'email' || claim === 'phone_number' ? claim : null;
    const isProvable = kind !== null && typeof value === 'string';
    // Another account has proven it meanwhile.
    if (isProvable && (await vault.findIdentifierIn(tx, { kind, value })) !== null) continue;
    const attribute = await vault.addAttributeIn(tx, {
      accountId,
      claim,
      value,
      label: label ?? null,
    });
    if (isProvable) {
      await vault.markVerified(tx, { accountId, attributeId: attribute.id, value });
    }
  }
  await authentication.setInitialPassword(tx, { accountId, password: person.password });
  if (person.isAdministrator) {
    await accounts.setAdministrator(tx, { accountId, isAdministrator: true });
  }
  return accountId;
}
