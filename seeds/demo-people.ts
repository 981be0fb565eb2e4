import type { Connected } from '../src/services.ts';
import type { AttributeValue } from '../src/vault/index.ts';

type Deps = Pick<Connected, 'db' | 'accounts' | 'vault' | 'authentication'>;

/** Somebody to try the server with. The passwords are published: this never runs in production. */
export interface DemoPerson {
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
  email: 'admin@example.org',
  password: 'copper kettle keeps the winter out',
  isAdministrator: true,
  values: [
    { claim: 'email', value: 'admin@example.org' },
    { claim: 'name', value: 'Sam Keeper' },
  ],
};

/** Makes the account unless its address is somebody's already. @returns its id. */
export async function ensurePerson(deps: Deps, person: DemoPerson): Promise<string> {
  const owner = await deps.vault.findIdentifier({ kind: 'email', value: person.email });
  return owner?.accountId ?? createPerson(deps, person);
}

async function createPerson(
  { db, accounts, vault, authentication }: Deps,
  person: DemoPerson,
): Promise<string> {
  return db.transaction(async (tx) => {
    const { id: accountId } = await accounts.create(tx, { status: 'active', locale: null });
    await vault.createKey(tx, accountId);
    for (const { claim, value, label } of person.values) {
      const attribute = await vault.addAttribute({
        tx,
        accountId,
        claim,
        value,
        label: label ?? null,
      });
      const isProvable = claim === 'email' || claim === 'phone_number';
      if (isProvable && typeof value === 'string') {
        await vault.markVerified(tx, { accountId, attributeId: attribute.id, value });
      }
    }
    await authentication.setInitialPassword({ tx, accountId, password: person.password });
    if (person.isAdministrator) {
      await accounts.setAdministrator(tx, { accountId, isAdministrator: true });
    }
    return accountId;
  });
}
