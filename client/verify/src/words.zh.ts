// Simplified Chinese 简体中文.
import type { Notice } from './notices.ts';
import type { Closed } from './openings.ts';
import type { StandingNotice } from './set.ts';
import type { Words } from './words.ts';

const FAILURES: Readonly<Record<string, string>> = {
  H9000: '验证程序自身发生错误。',
  H9001: '文件超过证据文件的大小上限。',
  H9002: '文件不是 JSON，或其压缩已损坏。',
  H9003: 'JSON 不是此类文件的结构：有部分缺失、重复、未知或类型不符。',
  H9004: '文件属于其他种类或版本。',
  H9005: '文件中某个经签名的部分无法读取。',
  H9006: '文件中某个列表的顺序不对。',
  H9007: '缺少必需的记录。',
  H9008: '文件中含有无人引用的记录。',
  H9020: '区块头的版本未知。',
  H9021: '证书不属于该区块头。',
  H9022: '验证者集合不是区块头所指的集合。',
  H9023: '证书上有验证者以外的人签名。',
  H9024: '证书上的一个签名不成立。',
  H9025: '在证书上签名的验证者太少。',
  H9026: '文件不是从信任文件所列的验证者开始的。',
  H9027: '验证者集合的变更链断裂。',
  H9028: '证据文件与信任文件对是否为测试网络说法不一。',
  H9029: '文件的时间晚于本机时钟。',
  H9030: '该区块不是信任文件的起点，或不在其所含的历史之中。',
  H9031: '一个见证人的签名不成立。',
  H9040: '文件中的某条记录不是监管机构所认证的记录。',
  H9046: '一条经认证的记录与该物项不相符。',
  H9060: '历史不完整：缺少一个事件。',
  H9061: '一个事件不在其应有的位置。',
  H9062: '一个事件属于其他物项。',
  H9063: '一个事件与此前的情况不相衔接。',
  H9064: '各事件推不出经认证的记录。',
  H9065: '一个事件的时间与其他时间矛盾。',
  H9066: '物项的数量不平衡。',
  H9067: '一个事件与其他物项的关联不是该行为所产生的。',
  H9068: '两个事件声称出于同一原因。',
  H9069: '两个物项的历史在其关联之处相互矛盾。',
  H9070: '制成之物与投入之物不符。',
  H9080: '一个事件缺少其交易，或多出交易。',
  H9081: '交易在签名后被改动，或不属于该事件。',
  H9082: '交易属于其他网络。',
  H9083: '交易的签署人格式有误，或缺少签名。',
  H9084: '交易在事件发生时不在有效期内。',
  H9085: '物项不在所签署的清单之中。',
  H9086: '交易涉及的是其他物项。',
  H9087: '交易上的一个签名不成立。',
  H9088: '使用了当时无权签名或不具该角色的密钥。',
  H9089: '签署人不是网络规则所要求的人。',
  H9090: '该物项当时不允许此行为。',
  H9091: '事件所述不是该行为的结果。',
  H9092: '事件缺少决定，或决定不是网络规则所给出的决定。',
  H9110: '文件中供人阅读的文字与所签署的内容不一致。',
  H9111: '一个公开的私密字段与原承诺不符。',
  H9112: '一个公开的姓名与原承诺不符。',
  H9130: '动态的各环节推不出经认证的链头：有环节缺失、多出或被替换。',
  H9131: '动态中的一个事件不是其条目所指的事件。',
  H9132: '动态的高度顺序不对，或超出其涵盖范围。',
  H9140: '两份消息或证书并不相互矛盾，或并非如此签署。',
  H9141: '签署两次的密钥不属于所述集合中的任何机构。',
  H9200: '文本超过凭卡的长度上限。',
  H9201: '文本不是凭卡的文本：有字符错误、缺失或多余。',
  H9202: '凭卡无法读取。',
  H9203: '凭卡上的单元不是该物项外层的单元。',
  H9204: '凭卡上的单位不是持有该物项的单位。',
  H9190: '信任文件过大。',
  H9191: '信任文件的结构不正确。',
  H9192: '信任文件属于其他种类或版本。',
  H9193: '信任文件的某个部分无法使用。',
  H9194: '信任文件的指纹与其内容不符。',
};

function closedText({ event, count, closed }: Closed): string {
  return closed === null ? `事件 ${event} 的私密字段` : `事件 ${event} 的 ${count} 个私密字段中的 ${closed} 个`;
}

function notice(one: Notice): string {
  switch (one.id) {
    case 'test-network':
      return '这是测试网络，其中的一切都不是真实的';
    case 'no-trust-root':
      return '未提供该网络的信任根：任何人都能造出这样的网络';
    case 'before-start':
      return `早于您的信任文件的起点（高度 ${one.start}），而文件未表明它在该网络的历史之中`;
    case 'witnesses-missing':
      return `您的信任文件所列见证人中有 ${one.signed} 个签名，而其要求 ${one.needed} 个`;
    case 'trust-expired':
      return `您的信任文件自高度 ${one.start} 起只在 ${one.days} 天内有效，现已过期`;
    case 'code-shared':
      return `有 ${one.count} 个登记使用此编码，本文件是其中之一`;
    case 'derived':
      return `由另外 ${one.count} 个物项制成`;
    case 'origin-held':
      return `由 ${one.code}（${one.item}）制成，该物项自其事件 ${one.event} 起被扣押：${one.reason}`;
    case 'packed-in':
      return `装在单元 ${one.unit} 中：持有最外层单元者即持有本物项`;
    case 'unit-held':
      return `装在单元 ${one.code}（${one.item}）中，该单元自其事件 ${one.event} 起被扣押：${one.reason}`;
    case 'unit-offered':
      return `装在单元 ${one.code}（${one.item}）中，该单元的一项交接要约等待答复，至 ${one.until} 为止`;
    default:
      return laterNotice(one);
  }
}

type Later = Exclude<
  Notice,
  { id: StandingNotice['id'] | 'code-shared' | 'derived' | 'origin-held' | 'packed-in' | 'unit-held' | 'unit-offered' }
>;

function laterNotice(one: Later): string {
  switch (one.id) {
    case 'research-only':
      return '仅限科研使用';
    case 'held':
      return `自事件 ${one.event} 起被扣押：${one.reason}`;
    case 'offer-pending':
      return `一项交接要约等待答复，至 ${one.until} 为止`;
    case 'recovered-key':
      return `密钥 ${one.key} 由其他机构表决授予其机构`;
    case 'key-compromised':
      return `密钥 ${one.key} 在高度 ${one.height} 被报告泄露`;
    case 'fields-closed':
      return `未公开：${one.closed.map(closedText).join('、')}`;
    case 'covers':
      return `涵盖此登记截至高度 ${one.height} 的全部记录事件`;
    case 'covers-not':
      return '不涵盖被拒绝的尝试、其他登记，以及手中之物是否就是本物项';
    case 'absence-covers':
      return `涵盖该网络截至高度 ${one.height} 的全部登记：没有一个使用此编码`;
    case 'absence-covers-not':
      return '不涵盖其他网络、其他编码，以及此后的登记';
    case 'feed-empty':
      return '从未有任何事涉及该单位';
    case 'feed-covers':
      return `涵盖自高度 ${one.from} 至高度 ${one.to} 涉及该单位的一切`;
    case 'feed-covers-not':
      return '不涵盖物项在他人手中时发生的事，也不涵盖对被禁方的监视';
    case 'card-covers':
      return `涵盖本物项在高度 ${one.height} 的持有人、状态、数量、扣押，以及其事件的个数`;
    case 'card-covers-not':
      return '不涵盖各事件本身、此后发生的事，以及手中之物是否就是本物项：请索取证据文件';
    case 'seats-unrooted':
      return '您的信任文件不能引至签名密钥所属的机构：任何人都能造出这样的密钥';
    case 'evidence-covers':
      return `表明在高度 ${one.height} 由谁签署了什么，但不说明原因`;
  }
}

export const zh: Words = {
  tag: 'zh-Hans',
  name: '简体中文',
  title: '保管证据验证',
  subtitle: '虎符 Hufu · 生物物项许可制保管账本',
  verdicts: {
    valid: { word: '有效', says: '文件中的一切均如其所述经过签名，并由您所信任的网络的监管机构认证。' },
    stale: { word: '已过时', says: '文件中的一切都成立，但文件或信任文件早于所要求的时限。' },
    untrusted: { word: '不受信任', says: '文件自身一致，但不能由您所信任的内容推出。' },
    invalid: { word: '无效', says: '此文件不能证明任何事情。请勿采信其中任何部分。' },
    unusable: { word: '信任文件无法使用', says: '由于信任文件无法使用，未对证据作出判断。' },
  },
  evidenceSays: {
    valid: '您所信任的网络的监管机构签署了不得签署的内容：共识规则遭到违反。',
    untrusted: '所示内容确经签署，但由您所信任的内容不能推出签署者是监管机构。',
  },
  advice: {
    stale: '请向持有人索取更新的文件。',
    expired:
      '请从您认识的监管机构取得起点更晚的信任文件，或自行推进您的信任文件（hufu trust advance），核对其指纹，然后重新验证。',
    start: '请持有人刷新该文件（hufu bundle refresh）：任一节点都能给出从此区块到信任文件所含历史的路径。',
    witnesses: '请向持有人索取有更多您的见证人签名的文件（hufu witness attach）。',
    seats: '请使用列有这些机构的信任文件，或起点早于其签署时间的信任文件重新验证。',
    untrusted: '请从您认识的监管机构取得该网络的信任文件，通过电话或纸面核对其指纹，然后重新验证。',
    'untrusted-test': '这是测试网络。如果您确要查看测试，请勾选“接受测试网络”。',
    file: '文件可能在传送途中损坏，或者不是证据文件。请向发送者重新索取。',
    chain: '请核对信任文件是否属于该网络。如果是，则证据系伪造或已损坏：请询问该网络的监管机构。',
    clock: '请检查本机的日期和时间，然后重新验证。',
    content: '文件被改动、损坏或系捏造。请原样保存，并将代码和文件报告该网络的监管机构。',
    readable: '文件向人展示的内容与所签署的不同。请视为伪造，并报告该网络的监管机构。',
    trust: '请从您认识的监管机构重新取得信任文件，并与其核对指纹。',
  },
  failure: (code, event) => `${FAILURES[code] ?? '文件不成立。'}${event === null ? '' : `（事件 ${event}）`}`,
  notice,
  form: {
    drop: '将证据文件拖放到此处',
    dropHint: '可与信任文件一并拖入，也可粘贴凭卡的文本。任何内容都不会离开本机。',
    card: '凭卡文本',
    evidence: '证据文件',
    trust: '信任文件',
    choose: '选择…',
    none: '未选择',
    maxAge: '最长时限',
    hours: '小时',
    anyAge: '不限',
    allowTest: '接受测试网络',
    verify: '验证',
    again: '验证另一个文件',
    print: '打印',
    language: '语言',
    unsupported: '最长时限必须是以小时计的数字。',
    tooLarge: '此文件超过证据文件的大小上限，未予读取。',
    unreadable: '无法读取此文件。',
    noTrust: '没有信任文件，结论最多只能是“不受信任”。',
  },
  progress: {
    reading: '正在读取文件…',
    chain: '正在检查证书和记录…',
    events: (done, all) => `正在检查事件 ${done} / ${all}…`,
  },
  labels: {
    code: '代码',
    event: '事件',
    asOf: '截至',
    certifiedBy: '认证机构',
    trustRoot: '信任根',
    trustStart: '您的信任起点',
    genesis: '该网络的创世',
    witnessedBy: '见证人',
    noHolder: '未知：其外层单元不在本文件中',
    inUnit: '装于单元',
    others: '其他物项',
    othersNote: '其历史中与本物项有关的部分在本文件中，并已一同核验。',
    origins: '本物项的原料',
    units: '曾装入的单元',
    children: '由其制成之物',
    feed: '单位',
    feedNote: '在这些高度内涉及该单位的一切，无一遗漏。',
    organisation: '单位',
    orgId: '标识',
    heights: '高度（含首尾）',
    links: '涉及该单位的区块',
    entries: '其中的条目',
    eventsOfItems: '其中的物项事件',
    absence: '不存在的编码',
    evidenceOf: '证据所证明的事',
    height: '签署高度',
    round: '轮次',
    accused: '被指认者',
    nobody: '仅凭这两份证书无法指认任何人',
    card: '凭卡',
    cardNote: '监管机构在所述高度对该物项的认证。其各事件在证据文件中，不在凭卡上。',
    eventsCounted: '至此的事件数',
    head: '事件链头',
    notOnCard: '凭卡上没有其名称',
    anchor: '区块',
    anchorNote: '单独的锚：一个经认证的区块，以及见证人的签名（如有）。',
    block: '区块标识',
    network: '网络',
    testNetwork: '测试网络',
    item: '物项',
    itemId: '登记号',
    class: '类别名称',
    category: '种类',
    grade: '风险等级',
    hs: '税则号列',
    registrant: '登记人',
    custodian: '保管人',
    state: '状态',
    purpose: '用途',
    place: '地点 (GLN)',
    quarantined: '隔离中',
    grant: '审批单',
    unit: '所在单元',
    inside: '单元内含',
    excursions: '超温次数',
    holds: '扣押',
    offer: '待答复要约',
    marks: '标记',
    hgr: '人类遗传资源',
    researchOnly: '仅限科研',
    registrations: '此编码的登记数',
    signatures: '已核验签名',
    quantities: '数量',
    registered: '登记',
    onHand: '现存',
    used: '已用',
    derived: '已转制',
    wasted: '废弃',
    lost: '丢失',
    disposed: '已处置',
    otherTrust: '您的信任文件属于另一网络，未予采用：',
    claimed: '这是文件所涉及的物项。文件关于它的说法不成立。',
    machine: '机器可读结论',
    old: '（验证时的已过时长）',
    custody: '保管链',
    custodyNote: '何人于何时至何时、在哪些单元中持有本物项。持有最外层单元者即持有本物项。',
    events: '记录事件',
    eventsNote: '此登记的全部事件及各自的决定。',
    time: '时间',
    kind: '事件',
    actors: '签署方',
    to: '交予',
    details: '详情',
    decision: '决定',
    fields: '私密字段',
    opened: '持有人已公开',
    closed: '未公开',
    nothingPrivate: '本物项的事件没有私密字段。',
    persons: '签署人姓名',
    person: '姓名',
    key: '密钥',
    notices: '请注意',
    noNotices: '无。',
    cannotKnow: '离线验证无法得知的事',
    identity: '物项',
    certification: '证书',
    yes: '是',
    no: '否',
    unknown: '未知',
    fileHash: '文件 SHA-256',
    message: '详细信息',
    field: '字段',
    value: '值',
    notProved: '未证明',
    now: '截至所述高度',
    decisionUnder: '决定',
    verdictFor: '证据文件',
    quantity: '数量',
  },
  limits: [
    '手中之物是否就是本物项。请将标签、封条和内容与上述内容核对。',
    '曾被尝试而遭拒绝的行为。拒绝记录在账本中，但不在物项的历史中。',
    '所述高度和时间之后发生的事。如有必要，请索取更新的文件。',
    '其他物项在此处所述之外的情况，以及使用同一编码的其他登记。',
    '决定所依据的许可、配额、名录、场所和禁令：仅由监管机构的证书担保。',
  ],
  kinds: {
    registered: '登记',
    declared: '申报',
    inspected: '查验',
    released: '放行',
    offered: '发出要约',
    moved: '交接',
    'offer-refused': '要约被拒',
    'offer-withdrawn': '要约撤回',
    used: '使用',
    disposed: '处置',
    'hold-placed': '扣押',
    'hold-lifted': '解除扣押',
    assigned: '关联审批单',
    arrived: '抵达口岸',
    'inspection-ordered': '指令查验',
    tested: '检测',
    returned: '退运',
    destroyed: '销毁',
    exited: '出境',
    stored: '入库',
    wasted: '废弃',
    lost: '丢失',
    corrected: '更正',
    noted: '备注',
    derived: '转制',
    packed: '装入',
    unpacked: '取出',
    filled: '内含变动',
    reported: '最终用途报告',
    departed: '转往他网',
    landed: '由他网转入',
  },
  states: {
    registered: '已登记',
    declared: '已申报',
    'test-pending': '待检测',
    inspected: '查验合格',
    failed: '查验不合格',
    released: '已放行',
    consumed: '已用尽',
    disposed: '已处置',
    permitted: '已获许可',
    'declaration-exempt': '免于申报',
    'at-port': '在口岸',
    inspecting: '查验中',
    'inspection-exempt': '免于查验',
    'in-transit': '运输中',
    stored: '已入库',
    'in-use': '使用中',
    waste: '废弃物',
    'waste-in-transit': '废弃物运输中',
    exited: '已出境',
    'received-abroad': '境外已接收',
    'final-use-reported': '已报告最终用途',
    derived: '已转制',
    returned: '已退运',
    destroyed: '已销毁',
    lost: '已丢失',
    departed: '已转往他网',
  },
  terms: {
    unstated: '未说明',
    research: '科研',
    production: '生产',
    medical: '医疗',
    testing: '检测',
    sale: '销售',
    disposal: '处置',
    'micro-organism': '微生物',
    'human-tissue': '人体组织',
    'biological-product': '生物制品',
    blood: '血液',
    holder: '持有人',
    carrier: '承运人',
    disposer: '处置单位',
    partner: '合作方',
    split: '分装',
    merge: '合并',
    manufacture: '制造',
    passed: '合格',
    'test-pending': '待检测',
    failed: '不合格',
    exempt: '免检',
    yes: '是',
    temperature: '温度',
    position: '位置',
    'self-check': '自查',
    telemetry: '遥测',
    expert: '专家报告',
    document: '文件',
    used: '已用',
    wasted: '废弃',
    lost: '丢失',
  },
  values: {
    network: '对方网络',
    item: '对方物品',
    head: '对方事件链',
    custodian: '保管人',
    previous: '此前登记',
    purpose: '用途',
    hgr: '人类遗传资源',
    research_only: '仅限科研',
    origin: '来源',
    place: '地点',
    grant: '审批单',
    exempt: '免除',
    video: '录像',
    expires: '到期',
    premises: '场所',
    from: '自',
    as: '作为',
    by: '机构',
    placed: '扣押事件',
    port: '口岸',
    laboratory: '实验室',
    report: '报告',
    quarantine: '隔离',
    theft: '被盗',
    event: '事件',
    bucket: '项目',
    counted: '清点',
    kind: '种类',
    root: '根',
    count: '个数',
    to: '至',
    min: '最低',
    max: '最高',
    excursion: '超限',
    unit: '单元',
    level: '级别',
    items: '物项',
    held: '被扣押',
    used: '已用',
    disposed: '已处置',
    last: '最后一次报告',
  },
  held: (from, to) => (to === null ? `自 ${from}` : `${from} 至 ${to}`),
  more: (left) => `显示更多（另有 ${left} 项已核验但未显示）`,
  event: (n) => `事件 ${n}`,
  height: (height) => `高度 ${height}`,
  openEvents: (open, all) =>
    String(open) === all ? `全部 ${all} 个事件` : `${all} 个事件中的 ${open} 个；其后的与本物项无关`,
  absentUpTo: (height) => `截至高度 ${height}，该网络中无人登记此编码。`,
  witnesses: (signed, needed, named) => `您的信任文件所列 ${named} 个见证人中的 ${signed} 个；需要 ${needed} 个`,
  proves: {
    'double-sign': '一个密钥签署了两份相互矛盾的消息。',
    'two-certificates': '同一高度、同一轮次有两个区块获得认证。两者都签署的机构违反了规则。',
    'more-than-f': '同一高度在不同轮次有两个区块获得认证：超过三分之一的机构违反了规则。',
  },
};
