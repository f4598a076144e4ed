import { Failure } from '../../cli/failure';

/** There is nothing at this address. */
export class NotFound extends Failure {}
