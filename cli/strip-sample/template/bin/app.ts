import { App } from 'aws-cdk-lib';
import * as contracts from '../contracts';
import { contractsIn } from '../contracts/core/contracts-in';
import { BrokerStack } from '../lib/broker/broker-stack';
import { hasJournal } from '../lib/broker/journal/has-journal';
import { JournalStack } from '../lib/broker/journal/journal-stack';
import { stageOf } from '../lib/broker/stage';
import { addSecurityChecks } from '../lib/broker/security-checks';
import { HelloStack } from '../lib/services/hello-stack';

const app = new App();
const stage = stageOf(app.node);
addSecurityChecks(app, stage);
const { broker } = new BrokerStack(app, { stage, contracts: contractsIn(contracts) });

new HelloStack(app, { stage, broker });

// Optional: `-c journal=false` leaves it out. Last, because it subscribes to the services' topics.
if (hasJournal(app.node)) new JournalStack(app, { stage, broker });
