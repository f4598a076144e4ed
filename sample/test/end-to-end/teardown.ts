import { endToEndLifetime } from '../../../test/end-to-end/lifetime';
import { endLending } from './clouds';

export default async function teardown(): Promise<void> {
  await endToEndLifetime().end();
  await endLending();
}
