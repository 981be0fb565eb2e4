import { normalizeUsername } from './normalize-username.ts';

// Names that seem official, or that have a special meaning for programs.
const RESERVED = new Set(
  `abuse account accounts admin administration administrator anonymous api billing consentry contact
   daemon everyone guest help helpdesk hostmaster info login mailer-daemon moderator nobody no-reply
   noreply null official operator owner postmaster register root security service sign-in signin staff
   superuser support sysadmin system team undefined webmaster администратор админ модератор поддержка
   служба безопасность`
    .split(/\s+/)
    .map(comparable),
);

/** Is this a name that no account can have, in any spelling? */
export function isReservedUsername(username: string): boolean {
  return RESERVED.has(comparable(username));
}

function comparable(name: string): string {
  return normalizeUsername(name).replace(/[._-]/g, '');
}
