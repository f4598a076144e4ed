import type { Construct } from 'constructs';
import { getGreeting, hello, requestGreeting, writeGreeting } from '../../lambdas/hello/service';
import { ServiceStack, type ServiceStackProps } from '../broker/service-stack';

export class HelloStack extends ServiceStack {
  constructor(scope: Construct, props: ServiceStackProps) {
    super(scope, hello, props);
    this.endpoint(requestGreeting);
    this.endpoint(getGreeting);
    this.subscribe(writeGreeting);
  }
}
