import type { JobKind } from '../../platform/jobs/jobs.ts';
import type { Avatars } from './avatars.ts';

/** Files of pictures that are gone. */
export function avatarJobs({ avatars }: { readonly avatars: Avatars }): readonly JobKind[] {
  return [{ name: 'tidy-avatar-files', schedule: '23 * * * *', run: () => avatars.tidy() }];
}
