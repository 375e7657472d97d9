export const Events=()=>null;
