import { describeFaults } from './topology/faults-under-load.ts';

describe('Two nodes under mixed load', () => {
  describeFaults('short');
});
