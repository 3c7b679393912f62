"""As much C++ as tidy needs: code without its comments and literals, and where functions begin and end."""
import re
from dataclasses import dataclass

SKIP = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<tag>[^(\s]*)\(.*?\)(?P=tag)"|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Za-z])\'(?:\\.|[^\'\\\n])+\'',
    re.S)
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.M)


def blank(text):
    """`text` as spaces, with its line breaks."""
    return re.sub(r"[^\n]", " ", text)


def code_of(text):
    """The source without comments and literals, every line and column where it was. Includes keep their names."""
    def keep_or_blank(match):
        line_start = text.rfind("\n", 0, match.start()) + 1
        if match[0][0] == '"' and re.match(r"\s*#\s*include", text[line_start:match.start()]):
            return match[0]
        return blank(match[0])
    return SKIP.sub(keep_or_blank, text)


def without_preprocessor(code):
    return re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda m: blank(m[0]), code, flags=re.M)


@dataclass
class Function:
    name: str
    first_line: int
    last_line: int
    parameters: int

    @property
    def lines(self):
        return self.last_line - self.first_line + 1


def split_top_level(text):
    """`text` cut at the commas that no bracket encloses."""
    parts, depth, start = [], 0, 0
    for i, c in enumerate(text):
        if c in "([{<":
            depth += 1
        elif c in ")]}" or (c == ">" and text[i - 1] != "-"):
            depth -= 1
        elif c == "," and depth == 0:
            parts.append(text[start:i])
            start = i + 1
    return [part for part in parts + [text[start:]] if part.strip()]


def closing(text, start):
    """The position of the bracket that closes text[start], or the end."""
    depth = 0
    for i in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[i], 0)
        if depth == 0:
            return i
    return len(text)


def signature(head):
    """(name, number of parameters) of a function's heading."""
    start = head.find("(")
    if head[:start].rstrip().endswith("operator"):
        start = head.find("(", closing(head, start))
    name = re.search(r"([\w:~]+|operator\S+)\s*$", head[:start])
    return (name[1] if name else "lambda"), len(split_top_level(head[start + 1:closing(head, start)]))


def kind_of(head):
    """What the brace after `head` opens: 'scope', 'function', 'member' (an initializer's) or 'other'."""
    text = re.sub(r"\[\[.*?\]\]|alignas\s*\([^)]*\)|\b(public|private|protected)\s*:", " ", head)
    text = re.sub(r"^\s*template\s*<.*?>\s*(?=\w)", "", text, flags=re.S).strip()
    if re.match(r"(inline\s+)?namespace\b|extern\b\s*$", text):
        return "scope"
    if re.match(r"(typedef\s+)?(class|struct|union|enum)\b[^()]*$", text):
        return "scope"
    if re.search(r"\)[\w\s]*:(?!:)", text) and re.search(r"[\w>]$", text):
        return "member"
    if "(" in text and not re.search(r"=\s*$", text):
        return "function"
    return "other"


def functions_of(text):
    """Every outermost function (and lambda that initializes a variable) of a source text."""
    code = without_preprocessor(code_of(text))
    found, stack, head, function_depth = [], [], 0, None
    i = 0
    while i < len(code):
        c = code[i]
        if c == "{":
            kind = "other" if function_depth is not None else kind_of(code[head:i])
            if kind == "function":
                function_depth = len(stack)
                heading = code[head:i]
                at = head + len(heading) - len(heading.lstrip())
                name, parameters = signature(heading)
                found.append(Function(name, code.count("\n", 0, at) + 1, 0, parameters))
            stack.append(kind)
            if kind in ("scope", "function"):
                head = i + 1
        elif c == "}" and stack:
            kind = stack.pop()
            if function_depth == len(stack):
                function_depth = None
                found[-1].last_line = code.count("\n", 0, i) + 1
            if kind in ("scope", "function"):
                head = i + 1
        elif c == ";" and function_depth is None:
            head = i + 1
        i += 1
    return [f for f in found if f.last_line]
