import { describeTwoNodes } from './two-nodes.ts';

describeTwoNodes('Postgres alone');
