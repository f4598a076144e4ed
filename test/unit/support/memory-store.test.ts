import { MemoryStore } from '../../support/memory-store';
import { describeStore } from '../../support/store-suite';

describeStore('the store in memory', () => new MemoryStore());
