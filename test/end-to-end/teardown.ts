import { endToEndLifetime } from './lifetime';

export default async function teardown(): Promise<void> {
  await endToEndLifetime().end();
}
