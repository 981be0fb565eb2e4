import type { Subject } from '../subject.ts';

export async function startConsentry(_o: {
  readonly signingAlgorithm: 'ES256' | 'RS256';
  readonly accounts: number;
}): Promise<Subject> {
  throw new Error('not wired');
}
