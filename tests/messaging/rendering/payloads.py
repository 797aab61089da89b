"""Attacks on template engines, put together from parts: probes in the syntax of seven engines.

`CANARY` stands in the environment of the test process; no rendering may ever contain it.
"""

from itertools import product

CANARY = "canary-9f31c7"

_PYTHON = (
    "config",
    "self",
    "request",
    "settings",
    "settings.SECRET_KEY",
    "settings.DATABASES",
    "env",
    "environ",
    "os.environ",
    "config.items()",
    "self.__dict__",
    "''.__class__",
    "''.__class__.__mro__[1].__subclasses__()",
    "[].__class__.__base__",
    "().__class__.__bases__[0]",
    "cycler.__init__.__globals__.os.environ",
    "lipsum.__globals__['os'].popen('env').read()",
    "get_flashed_messages.__globals__",
    "url_for.__globals__['os']",
    "x.__init__.__globals__",
    "customer.__class__",
    "customer.__class__.__init__.__globals__",
    "customer.keys",
    "customer['__class__']",
    "order.lines.__len__",
    "order.lines.append",
    "order.delete()",
    "forloop.__class__",
    "context",
    "globals",
    "__import__('os').environ",
    "namespace",
    "joiner.__init__.__globals__",
    "request.application.__globals__",
    "debug",
    "messages.storages",
)
_OTHERS = (
    ".Env",
    "env `SHOPBELL_SECRET_KEY`",
    "expandenv `$SHOPBELL_SECRET_KEY`",
    "getenv `HOME`",
    "call .Method",
    "html `<script>`",
    "printf `%s` .",
    ".System.Getenv",
    "_self.env.registerUndefinedFilterCallback('exec')",
    "_self.env.getFilter('id')",
    "['id']|filter('system')",
    "['cat /etc/passwd']|map('passthru')|join",
    "app.request.server",
    "dump(app)",
    "source('/etc/passwd')",
    "include('/etc/passwd')",
    "constant('PHP_OS')",
    "T(java.lang.System).getenv()",
    "T(java.lang.Runtime).getRuntime().exec('env')",
    "new java.lang.ProcessBuilder('env').start()",
    "System.getenv()",
    "Runtime.getRuntime()",
    "#rt.exec('env')",
    "@java.lang.System@getenv()",
    "''.getClass().forName('java.lang.System')",
    "class.forName('java.lang.System')",
    "session",
    "application",
    "param.x",
    "pageContext",
    "process.env",
    "global.process.env",
    "this.constructor.constructor('return process.env')()",
    "constructor.constructor('return process')()",
    "require('child_process').execSync('env')",
    "`env`",
    "%x(env)",
    "File.read('/etc/passwd')",
    "ENV['HOME']",
    "Dir.entries('/')",
    "7*7",
    "7*'7'",
    "1337*1337",
    "dict",
    "range(9)",
    "''.join(['a'])",
)
_WRAPPINGS = ("{{{{ {} }}}}", "{{{{{}}}}}", "${{{}}}", "#{{{}}}", "<%= {} %>", "{{%- echo {} -%}}")
_TAGS = (
    "{% debug %}",
    "{% load log %}{% get_admin_log 10 as log %}",
    "{% include '/etc/passwd' %}",
    "{% render '/proc/self/environ' %}",
    "{% ssi '/etc/passwd' %}",
    "{% extends '/etc/passwd' %}",
    "{% import os %}",
    "{% from 'os' import environ %}{{ environ }}",
    "{% set x = env %}{{ x }}",
    "{% for k in env %}{{ k }}{% endfor %}",
    "{% for c in ''.__class__ %}{{ c }}{% endfor %}",
    "{% with settings as s %}{{ s.SECRET_KEY }}{% endwith %}",
    "{% url 'admin' %}",
    "{% csrf_token %}",
    "{% python %}import os{% endpython %}",
    "{% php %}phpinfo(){% endphp %}",
    "{% autoescape off %}{{ customer.name }}{% endautoescape %}",
    "{% raw %}{{ env }}{% endraw %}",
    "{{ customer.name | safe }}",
    "{{ customer | attr: '__class__' }}",
    "{{ customer | inspect }}",
    "{{ 'env' | system }}",
    "{{ '/etc/passwd' | file }}",
    "{{ customer | map: '__class__' }}",
    "{{ order.lines | map: '__dict__' }}",
    "{{ order.lines | where: '__class__' }}",
    "{{ order.lines | sum: '__class__' }}",
    "{{ order.lines | sort: '__class__' | join }}",
    "{{ customer | json }}",
    "{{ 'x' | format: customer }}",
    "{{ '%s' | date: '%s' }}",
    "{{ 'now' | date: '%s{0.__class__}' }}",
    "{{ env | default: environ | default: settings }}",
    "@{7*7}",
    "[[${7*7}]]",
    "*{T(java.lang.System).getenv()}",
    "<#assign x='env'>${x}",
    "${{<%[%'\"}}%\\.",
    "{{''.class}}",
    "{php}echo `env`;{/php}",
    "$class.inspect('env')",
    "#set($e='env')$e.class",
    "@{System.getenv()}",
    "{{#with this}}{{lookup . 'env'}}{{/with}}",
    "{% capture x %}{{ env }}{% endcapture %}{{ x }}",
    "{% assign x = env %}{{ x }}",
    "{% cycle env, environ %}",
    "{% increment env %}",
    "{{ 'a' | append: env }}",
)


def injections() -> list[str]:
    """Return more than 300 probes."""
    probes = [wrap.format(probe) for wrap, probe in product(_WRAPPINGS, _PYTHON + _OTHERS)]
    return [*probes, *_TAGS]


_DOUBLING = (
    "{{% assign x = '{seed}' %}}"
    "{{% for i in (1..{n}) %}}{{% assign x = x | {step} %}}{{% endfor %}}"
)


def exhaustions() -> list[str]:
    """Return templates that try to use up time or memory. Every one must fail."""
    ranges = [
        f"{{{{ (1..{size}) | {name} }}}}"
        for size in (100_000_000, 10**18)
        for name in ("join", "sort", "reverse", "uniq", "compact", "sum", "map: 'a'", "concat: x")
    ]
    growing = [
        _DOUBLING.format(seed="aaaaaaaaaa", n=60, step=step) + "{{ x }}"
        for step in ("append: x", "prepend: x", "replace: 'a', x", "replace: '', x")
    ]
    numbers = [
        "{% assign x = 99999 %}{% for i in (1..60) %}{% assign x = x | times: x %}{% endfor %}"
    ]
    loops = [
        "{% for i in (1..100000000) %}{% endfor %}",
        "{% for i in (1..1000) %}{% for j in (1..1000) %}x{% endfor %}{% endfor %}",
        "{% for i in (1..5000) %}{% endfor %}" * 3,
        "{% tablerow i in (1..100000) %}x{% endtablerow %}",
        "{% for i in (1..101) %}{% for j in (1..100) %}{% endfor %}{% endfor %}",
        "{% for i in (1..10000000000000000000000) %}{% endfor %}",
    ]
    output = [
        "{% assign x = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' %}"
        "{% for i in (1..9000) %}{{ x }}{% endfor %}",
        "{% for i in (1..9000) %}"
        "{% capture x %}{{ x }}aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa{% endcapture %}{% endfor %}",
        "{{ (1..100000000) }}" + "{% for i in (1..100000000) reversed %}{{ i }}{% endfor %}",
    ]
    nested = [
        "{% if true %}" * 200 + "{% endif %}" * 200,
        "{{ a" + "[a" * 3000 + "]" * 3000 + " }}",
    ]
    slow = ["{% if (1..100000000000) contains 'x' %}{% endif %}"]
    hidden = [
        "{% assign r = (1..100000000) %}{{ r | join: ',' }}",
        "{% assign r = (1..100000000) | sort %}{{ r | first }}",
        "{% capture big %}{{ (1..100000000) | join }}{% endcapture %}",
        "{% case 1 %}{% when 1 %}{{ (1..100000000) | reverse }}{% endcase %}",
        "{% cycle 'a' %}{{ 'a' | append: 'b' | split: '' | concat: (1..100000000) }}",
        "{{ '" + "a" * 50_000 + "' | replace: 'a', '" + "b" * 20_000 + "' }}",
        "{% assign a = '" + "a," * 20_000 + "' | split: ',' %}{{ a | size }}",
    ]
    return [*ranges, *growing, *numbers, *loops, *output, *nested, *slow, *hidden]
