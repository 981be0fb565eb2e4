/** The roles of a person, as an app sees them. */
export interface Roles {
  rolesOf(input: {
    readonly accountId: string;
    readonly clientId: string;
  }): Promise<readonly string[]>;
}

/** No person has a role until administrators can give roles. */
export const NO_ROLES: Roles = { rolesOf: async () => [] };
