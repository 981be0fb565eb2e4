import { compareLong } from './compare-long.ts';

compareLong('Postgres and Redis');
