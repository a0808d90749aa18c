// A file as it stands, imported `with { type: 'text' }`.
declare module '*.yml' {
  const text: string;
  export = text;
}
