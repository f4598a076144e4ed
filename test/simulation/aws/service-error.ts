/** An error as a client of the SDK throws it when a service answers with a status above 399. */
export class ServiceError extends Error {
  readonly $metadata: { readonly httpStatusCode: number };

  constructor(
    override readonly name: string,
    message: string,
    httpStatusCode = 400,
  ) {
    super(message);
    this.$metadata = { httpStatusCode };
  }
}
