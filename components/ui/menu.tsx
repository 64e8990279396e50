"use client";
/** A menu that a button opens. */
import { Check } from "lucide-react";
import { DropdownMenu as Radix } from "radix-ui";
import { type ComponentProps, createContext, type ReactNode, useContext, useState } from "react";
import { cn } from "@/components/ui/class-names";

/**
 * Where open menus are put: into the page's main part, because what stands outside of every landmark is hard to find
 * with a screen reader. Looked up when a menu opens; pages with a main part of their own come and go.
 */
const Surroundings = createContext<HTMLElement | null>(null);

/** Not modal: what is around it stays where assistive technology can find it, and a click elsewhere closes it. */
export function Menu({ children }: { children: ReactNode }) {
  const [main, setMain] = useState<HTMLElement | null>(null);
  return (
    <Surroundings value={main}>
      <Radix.Root modal={false} onOpenChange={(isOpen) => isOpen && setMain(document.getElementById("main"))}>
        {children}
      </Radix.Root>
    </Surroundings>
  );
}

export const MenuTrigger = Radix.Trigger;
export const MenuRadioGroup = Radix.RadioGroup;

const itemStyle =
  "flex min-h-8 w-full items-center gap-2.5 rounded-md px-2 py-1.5 text-sm text-ink outline-none select-none " +
  "data-disabled:text-faint data-highlighted:bg-wash pointer-coarse:min-h-11 [&_svg]:size-4 [&_svg]:shrink-0 [&_svg]:text-muted";

export function MenuContent({ className, ...props }: ComponentProps<typeof Radix.Content>) {
  return (
    <Radix.Portal container={useContext(Surroundings)}>
      <Radix.Content
        sideOffset={6}
        collisionPadding={8}
        className={cn("z-50 min-w-48 animate-rise-in rounded-lg border bg-raised p-1 shadow-float", className)}
        {...props}
      />
    </Radix.Portal>
  );
}

interface MenuItemProps extends ComponentProps<typeof Radix.Item> {
  danger?: boolean;
  /** Keys that do the same. */
  keys?: string;
}

export function MenuItem({ danger = false, keys, className, children, ...props }: MenuItemProps) {
  const dangerStyle = danger && "text-tape-ink data-highlighted:bg-tape-wash [&_svg]:text-tape-ink";
  if (props.asChild) {
    return (
      <Radix.Item className={cn(itemStyle, dangerStyle, className)} {...props}>
        {children}
      </Radix.Item>
    );
  }
  return (
    <Radix.Item className={cn(itemStyle, dangerStyle, className)} {...props}>
      {children}
      {keys !== undefined && <span className="counter ml-auto pl-4 text-xs text-faint">{keys}</span>}
    </Radix.Item>
  );
}

export function MenuRadioItem({ children, ...props }: ComponentProps<typeof Radix.RadioItem>) {
  return (
    <Radix.RadioItem className={itemStyle} {...props}>
      {children}
      <Radix.ItemIndicator className="ml-auto">
        <Check aria-hidden />
      </Radix.ItemIndicator>
    </Radix.RadioItem>
  );
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <Radix.Label className="eyebrow px-2 pt-1.5 pb-1">{children}</Radix.Label>;
}

export function MenuSeparator() {
  return <Radix.Separator className="my-1 h-px bg-line" />;
}
