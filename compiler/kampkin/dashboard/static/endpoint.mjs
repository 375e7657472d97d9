export const Endpoint=()=>null;
