import type { EventContract } from '../../contracts/core/contract';
import { oldestVersion } from '../../contracts/core/contract';
import type { Declaration, Subscription } from '../../lambdas/runtime/declare/declaration';
import { consumerOf } from '../../lambdas/runtime/declare/declaration';
import { fullName } from '../../lib/broker/manifest';

/** A system as its code declares it, whether or not it is deployed. */
export interface DeclaredSystem {
  readonly name: string;
  readonly version: string;
  readonly contracts: readonly EventContract[];
  readonly declarations: readonly Declaration[];
}

/** Returns the functions that publish a contract, by the declared version. */
export function publishersOf({ declarations }: Pick<DeclaredSystem, 'declarations'>, contract: EventContract) {
  return declarations.flatMap((declaration) =>
    declaration.emits
      .filter((one) => fullName(one) === fullName(contract))
      .map(({ version }) => ({ name: consumerOf(declaration), version })),
  );
}

/** Returns the subscriptions to a contract. */
export function subscriptionsTo({ declarations }: Pick<DeclaredSystem, 'declarations'>, contract: EventContract) {
  return subscriptionsIn(declarations).filter(({ to }) => to.some((one) => fullName(one) === fullName(contract)));
}

/**
 * Finds subscriptions that no event can reach: no function publishes the event, or only in versions that the subscriber does not support.
 * Events of owners outside of this system are not checked.
 *
 * @returns sentences that say what to do
 */
export function deafSubscriptions(system: Pick<DeclaredSystem, 'declarations'>): string[] {
  const services = new Set(system.declarations.map(({ service }) => service));
  return subscriptionsIn(system.declarations).flatMap((subscription) =>
    subscription.to
      .filter(({ owner }) => services.has(owner))
      .flatMap((contract) => {
        const published = [...new Set(publishersOf(system, contract).map(({ version }) => version))].sort();
        const oldest = oldestVersion(contract);
        if (published.some((version) => version >= oldest && version <= contract.version)) return [];
        const understands = oldest === contract.version ? `v${oldest}` : `v${oldest} to v${contract.version}`;
        const sent =
          published.length === 0 ? 'no function publishes it' : `only v${published.join(', v')} is published`;
        return [
          `${consumerOf(subscription)} understands ${fullName(contract)} ${understands}, and ${sent}: ` +
            'subscribe to the contract that its owner publishes, from contracts/.',
        ];
      }),
  );
}

function subscriptionsIn(declarations: readonly Declaration[]): Subscription[] {
  return declarations.filter((one): one is Subscription => one.kind === 'subscription');
}
