// Tells the person why something did not work, in one line.
import { tell } from '../store/notify';

let say: (error: unknown) => string = String;
/** Set by the shell, which knows the language. */
export const setSayer = (sayer: typeof say) => {
  say = sayer;
};

export function report(promise: Promise<unknown> | undefined): void {
  promise?.catch((error: unknown) => tell(say(error)));
}
