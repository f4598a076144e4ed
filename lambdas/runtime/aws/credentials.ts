/** What the SDK's clients import from `@aws-sdk/credential-provider-node`; lib/broker/bundling/bundle.ts puts this in its place. */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';
