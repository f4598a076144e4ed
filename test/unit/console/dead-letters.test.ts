import { Lifetime } from '../../../cli/lifetime';
import { DeadLetters } from '../../../console/server/dead-letters';
import { SdkClients } from '../../../deployed/clients';
import type { Deployment } from '../../../deployed/discover';
import { withAws } from '../../support/aws-endpoint';

const counted = { queues: [{ name: 'broker', waiting: 0, inFlight: 0, delayed: 0, dead: 1, rate: 0 }] };

test('reads dead letters again that an operator’s command was hiding', async () => {
  let isHidden = true;
  const answers: Readonly<Record<string, () => object>> = {
    'AmazonSQS.GetQueueAttributes': () => ({
      Attributes: {
        ApproximateNumberOfMessages: isHidden ? '0' : '1',
        ApproximateNumberOfMessagesNotVisible: isHidden ? '1' : '0',
      },
    }),
    'AmazonSQS.ReceiveMessage': () => ({
      Messages: [
        { MessageId: 'one', ReceiptHandle: 'one', Body: 'lost', MD5OfBody: '1c9a44eb2e8eaf3da1eb551da310cce7' },
      ],
    }),
  };
  await withAws(
    ({ target }) => ({ status: 200, body: answers[target]?.() ?? {} }),
    async ({ endpoint }) => {
      const broker = { deadLetterQueue: `${endpoint}/000000000000/broker` };
      const deployment = { clients: new SdkClients(endpoint), broker, services: [] } as unknown as Deployment;
      const deadLetters = new DeadLetters(deployment, [], new Lifetime());
      expect(await deadLetters.refresh(counted)).toEqual([]);
      isHidden = false;
      expect(await deadLetters.refresh(counted)).toMatchObject([{ message: { MessageId: 'one' } }]);
    },
  );
});
