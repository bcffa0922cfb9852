// The end of a form: why it was refused, and the button that sends it.
interface Props {
  error: string;
  isBusy: boolean;
  label: string;
}
export function FormEnd({ error, isBusy, label }: Props) {
  return (
    <>
      <p role="alert" className="error">
        {error}
      </p>
      <div className="buttons">
        <button className="primary" disabled={isBusy}>
          {label}
        </button>
      </div>
    </>
  );
}
